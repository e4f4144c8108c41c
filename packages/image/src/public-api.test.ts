import { describe, expect, it } from 'vitest';
import * as index from './index.ts';
import * as node from './node.ts';

// Growing the surface is a visible act: a new export is added here.

describe('@nextx/image', () => {
  it('exports these values', () => {
    expect(Object.keys(index).toSorted()).toEqual([
      'assertDataset',
      'bindCaptions',
      'bitsPerImage',
      'codeUsage',
      'cropSquare',
      'datasetPicture',
      'decodeImage',
      'decodePng',
      'densityCoverage',
      'encodeDataset',
      'encodePng',
      'evaluateTokenizer',
      'fashionMnistLabels',
      'featureStatistics',
      'firstPictures',
      'fitPca64',
      'floatsToPixels',
      'frechetDistance',
      'frechetPca64',
      'imageGrid',
      'imageRecipes',
      'imageTokenizers',
      'importOfficial',
      'independentPixels',
      'initJudge',
      'initMultiScaleVq',
      'initVqgan',
      'judgeForward',
      'judgeLoss',
      'judgePictures',
      'judgeTrainee',
      'keptTokens',
      'labelAccuracy',
      'llamaGen3B',
      'llamaGenB',
      'llamaGenL',
      'llamaGenRecipe',
      'llamaGenXL',
      'llamaGenXXL',
      'loadImageModel',
      'loadImageTokenizer',
      'loadJudge',
      'metadataText',
      'mnistLabels',
      'multiScaleVq',
      'officialCheckpoints',
      'pca64Statistics',
      'pictureRuler',
      'pixelsToFloats',
      'precisionRecall',
      'psnr',
      'readEmoji',
      'readFashionMnist',
      'readImageMetadata',
      'readMask',
      'readMnist',
      'readPngText',
      'reconstructionFigures',
      'renderDataReport',
      'renderLabelAccuracy',
      'resizePixels',
      'resolveLabel',
      'selectRows',
      'sequenceTrainee',
      'ssim',
      'toGrey',
      'toRgb',
      'tokenizerTrainee',
      'varD16',
      'varD20',
      'varD24',
      'varD30',
      'varD36',
      'varRecipe',
      'vqgan',
    ]);
  });
});

describe('@nextx/image/node', () => {
  it('exports these values', () => {
    expect(Object.keys(node).toSorted()).toEqual([
      'importOfficialModel',
      'loadShipped',
      'openImageData',
      'shippedModels',
    ]);
  });
});
