import { describe, expect, it } from 'vitest';
import * as index from './index.ts';
import * as node from './node.ts';
import * as testing from './testing.ts';
import * as conformance from './conformance.ts';
import * as cpu from './cpu.ts';
import * as webgpu from './webgpu.ts';

// Growing the surface is a visible act: a new export is added here.

describe('@nextx/core', () => {
  it('exports these values', () => {
    expect(Object.keys(index).toSorted()).toEqual([
      'CheckpointError',
      'DataError',
      'KvCache',
      'NextxError',
      'NumericError',
      'OptionError',
      'ResourceError',
      'ShapeError',
      'UnsupportedError',
      'adaLayerNorm',
      'additiveMask',
      'areaMatrix',
      'assertShape',
      'assertTensors',
      'attentionRules',
      'bicubicMatrix',
      'bilinearMatrix',
      'blobSource',
      'bytesSource',
      'categoricalHead',
      'checkFinite',
      'combineGuidance',
      'conv2d',
      'convRules',
      'cosineSimilarity',
      'countParams',
      'crossEntropy',
      'decode',
      'describePlan',
      'describeProgram',
      'disposeParams',
      'doubleNearest',
      'dropPath',
      'dropout',
      'embed',
      'exportParams',
      'extendPlan',
      'fileList',
      'filterLogits',
      'firstNonFinite',
      'float16Tensor',
      'float32Tensor',
      'flowHead',
      'foldIn',
      'folderUrl',
      'gatedMlp',
      'gaussianHead',
      'geluErf',
      'geluTanh',
      'groupNorm',
      'guidanceScaleAt',
      'guidedRows',
      'gumbels',
      'hiddenScore',
      'importParams',
      'importTensor',
      'initConv2d',
      'initGroupNorm',
      'initLinear',
      'initResidualBlock',
      'initSpatialAttention',
      'initializer',
      'keyFromSeed',
      'l2Normalize',
      'layerNorm',
      'learningRateAt',
      'linear',
      'linearRules',
      'loadBalancingLoss',
      'loadParams',
      'makePlan',
      'mapParams',
      'mixtureOfExperts',
      'mlp',
      'modulate',
      'namedParams',
      'nearToFar',
      'nearestCodes',
      'nextBlock',
      'nextFrame',
      'nextRow',
      'nextScale',
      'normRules',
      'normals',
      'openModel',
      'openPyTorch',
      'openSafetensors',
      'parseGuidanceScale',
      'parseGuidanceSchedule',
      'parseOptions',
      'parseSamplingOptions',
      'parseSeed',
      'permutation',
      'planLength',
      'positionKey',
      'purposes',
      'quantileAt',
      'quantileHead',
      'quantileLosses',
      'randomOrder',
      'randomSeed',
      'raster',
      'residualBlock',
      'resizeMaps',
      'rmsNorm',
      'rotaryRange',
      'rotaryTable',
      'routeRows',
      'sampleRow',
      'scaledDot',
      'seedOfItem',
      'selfAttention',
      'shapeOnly',
      'sharedAdaLayerNorm',
      'silu',
      'sizeOfShape',
      'softmaxRow',
      'spatialAttention',
      'stepCount',
      'stepMask',
      'stepOfEach',
      'stepRange',
      'stopGradient',
      'toFloat32',
      'toInt32',
      'tokensTensor',
      'train',
      'trainingKey',
      'transformer',
      'turnOfEventLoop',
      'uniforms',
      'urlSource',
      'visibleMask',
      'weightDecayAt',
      'words',
      'writeSafetensors',
    ]);
  });
});

describe('@nextx/core/cpu', () => {
  it('exports these values', () => {
    expect(Object.keys(cpu).toSorted()).toEqual([
      'accelerateWasm',
      'cpuExecutor',
      'cpuSupports',
      'listCpuProgram',
      'mostCpuThreads',
      'weightFormats',
    ]);
  });
});

describe('@nextx/core/webgpu', () => {
  it('exports these values', () => {
    expect(Object.keys(webgpu).toSorted()).toEqual([
      'gpuWeightFormats',
      'listWebgpuProgram',
      'persistenceOf',
      'webgpuExecutor',
      'webgpuSupports',
    ]);
  });
});

describe('@nextx/core/node', () => {
  it('exports these values', () => {
    expect(Object.keys(node).toSorted()).toEqual([
      'dataFolder',
      'enableRelaxedSimd',
      'folderFiles',
      'modelFolders',
      'openCheckpointStore',
      'openFile',
      'saveModel',
      'writeFileAtomic',
    ]);
  });
});

describe('@nextx/core/testing', () => {
  it('exports these values', () => {
    expect(Object.keys(testing).toSorted()).toEqual([
      'channelsFirst',
      'collectGarbage',
      'comparison',
      'describeParity',
      'excessOverTolerance',
      'expectAllClose',
      'expectNoTensorLeak',
      'fixtureFolder',
      'hasFixture',
      'largestDifference',
      'loadFixture',
      'memoryUse',
      'readFixtureJson',
    ]);
  });
});

describe('@nextx/core/conformance', () => {
  it('exports these values', () => {
    expect(Object.keys(conformance).toSorted()).toEqual([
      'cachedDifference',
      'causality',
      'decodingLeaks',
      'describeExecutor',
      'describeHead',
      'describePlan',
      'describeRecipe',
      'describeTokenizer',
      'enlargedWeights',
      'gradientError',
      'inputDifference',
      'overfit',
      'planFaults',
      'savedAndLoaded',
      'seedDependence',
      'unrefusedInputs',
    ]);
  });
});
