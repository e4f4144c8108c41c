export type {
  Backbone,
  BackboneState,
  Condition,
  Rows,
  StateOptions,
} from './backbone/backbone.ts';
export { KvCache } from './backbone/kv-cache.ts';
export type { KvCacheOptions } from './backbone/kv-cache.ts';
export { transformer } from './backbone/transformer.ts';
export type { BlockParams, TransformerParams, TransformerParts } from './backbone/transformer.ts';
export { decode, positionKey } from './decode/decode.ts';
export type { DecodedStep, DecodeOptions, Executor, Support } from './decode/executor.ts';
export { tokensTensor } from './decode/token-buffer.ts';
export { filterLogits, parseSamplingOptions, sampleRow } from './sampling/filters.ts';
export type { SamplingOptions } from './sampling/filters.ts';
export {
  combineGuidance,
  guidanceScaleAt,
  parseGuidanceScale,
  parseGuidanceSchedule,
} from './sampling/guidance.ts';
export { softmaxRow } from './sampling/softmax.ts';
export type { GuidanceSchedule } from './sampling/guidance.ts';
export {
  CheckpointError,
  DataError,
  NextxError,
  NumericError,
  OptionError,
  ResourceError,
  ShapeError,
  UnsupportedError,
} from './errors.ts';
export type { ErrorCode } from './errors.ts';
export { categoricalHead, guidedRows } from './heads/categorical-head.ts';
export type { CategoricalHead, CategoricalHeadOptions } from './heads/categorical-head.ts';
export { crossEntropy } from './heads/cross-entropy.ts';
export { flowHead } from './heads/flow-head.ts';
export type { FlowHead, FlowHeadOptions } from './heads/flow-head.ts';
export { gaussianHead } from './heads/gaussian-head.ts';
export type { Gaussian, GaussianHead, GaussianHeadOptions } from './heads/gaussian-head.ts';
export type { Head, SampleContext, TokenValues } from './heads/head.ts';
export { quantileAt, quantileHead, quantileLosses } from './heads/quantile-head.ts';
export type { QuantileHead, QuantileHeadOptions } from './heads/quantile-head.ts';
export { initializer } from './initializer.ts';
export type { Initializer } from './initializer.ts';
export { attentionRules } from './io/attention-rules.ts';
export type { AttentionNames, AttentionRuleOptions } from './io/attention-rules.ts';
export type { ByteSource } from './io/byte-source.ts';
export { blobSource, bytesSource } from './io/byte-source.ts';
export { float16Tensor, float32Tensor, toFloat32, toInt32 } from './io/host-tensor.ts';
export type { HostTensor, TensorInfo, TensorReader } from './io/host-tensor.ts';
export {
  convRules,
  exportParams,
  importParams,
  importTensor,
  linearRules,
  normRules,
} from './io/import-map.ts';
export type { ImportRule, OfficialLayout } from './io/import-map.ts';
export { loadParams } from './io/load-params.ts';
export { openModel } from './io/model-folder.ts';
export type { OpenModel } from './io/model-folder.ts';
export type { ModelConfig } from './io/model-config.ts';
export { fileList, folderUrl } from './io/model-files.ts';
export type { ModelFiles } from './io/model-files.ts';
export { assertTensors } from './io/assert-tensors.ts';
export { checkFinite } from './io/check-finite.ts';
export { openPyTorch } from './io/pytorch-checkpoint.ts';
export { openSafetensors } from './io/safetensors.ts';
export type { SafetensorsFile } from './io/safetensors.ts';
export { urlSource } from './io/url-source.ts';
export { writeSafetensors } from './io/write-safetensors.ts';
export { geluErf, geluTanh, silu } from './layers/activation.ts';
export type { Activation } from './layers/activation.ts';
export { additiveMask, hiddenScore } from './layers/additive-mask.ts';
export type { AttentionHeadsParams } from './layers/attention-heads.ts';
export { selfAttention } from './layers/attention.ts';
export type {
  Attention,
  AttentionContext,
  AttentionOptions,
  AttentionParams,
  SeenRows,
} from './layers/attention.ts';
export { conv2d, initConv2d } from './layers/conv2d.ts';
export type { Conv2dOptions, Conv2dParams, Conv2dStride } from './layers/conv2d.ts';
export type { DenoisingBlockParams, DenoisingMlpParams } from './layers/denoising-mlp.ts';
export { dropPath, dropout } from './layers/dropout.ts';
export { embed } from './layers/embedding.ts';
export { groupNorm, initGroupNorm } from './layers/group-norm.ts';
export type { GroupNormParams } from './layers/group-norm.ts';
export { initLinear, linear } from './layers/linear.ts';
export type { LinearOptions, LinearParams } from './layers/linear.ts';
export { loadBalancingLoss, mixtureOfExperts, routeRows } from './layers/mixture-of-experts.ts';
export type {
  MixtureOfExpertsOptions,
  MixtureOfExpertsParams,
  Routing,
} from './layers/mixture-of-experts.ts';
export { gatedMlp, mlp } from './layers/mlp.ts';
export type { Mlp, MlpOptions, MlpParams } from './layers/mlp.ts';
export { adaLayerNorm, modulate, sharedAdaLayerNorm } from './layers/modulation.ts';
export type {
  BlockModulation,
  Modulation,
  ModulationParams,
  Modulations,
  ScaleShift,
} from './layers/modulation.ts';
export { layerNorm, rmsNorm } from './layers/norm.ts';
export type { Norm, NormParams } from './layers/norm.ts';
export { l2Normalize } from './layers/normalize.ts';
export { cosineSimilarity, scaledDot } from './layers/query-key-scaling.ts';
export type { QueryKeyScaling, QueryKeyScalingParams } from './layers/query-key-scaling.ts';
export {
  areaMatrix,
  bicubicMatrix,
  bilinearMatrix,
  doubleNearest,
  resizeMaps,
} from './layers/resample.ts';
export type { ResizeMatrix } from './layers/resample.ts';
export { initResidualBlock, residualBlock } from './layers/residual-block.ts';
export type { ResidualBlockParams } from './layers/residual-block.ts';
export { rotaryRange } from './layers/rotary.ts';
export type { RotaryFactors, RotaryRows } from './layers/rotary.ts';
export { rotaryTable } from './layers/rotary-table.ts';
export { initSpatialAttention, spatialAttention } from './layers/spatial-attention.ts';
export type { SpatialAttentionParams } from './layers/spatial-attention.ts';
export { stopGradient } from './layers/stop-gradient.ts';
export type { TimeEmbeddingParams } from './layers/time-embedding.ts';
export { countParams, disposeParams, mapParams, namedParams } from './params.ts';
export type { NamedParam, ParamTree } from './params.ts';
export { parseOptions } from './parse-options.ts';
export { stepMask, visibleMask } from './plan/attention-mask.ts';
export { describePlan } from './plan/describe-plan.ts';
export { nearToFar } from './plan/near-to-far.ts';
export { nextBlock } from './plan/next-block.ts';
export { nextFrame } from './plan/next-frame.ts';
export { nextRow } from './plan/next-row.ts';
export { nextScale } from './plan/next-scale.ts';
export { extendPlan, makePlan, planLength, stepCount, stepOfEach, stepRange } from './plan/plan.ts';
export type { Plan, Visibility } from './plan/plan.ts';
export { randomOrder } from './plan/random-order.ts';
export { raster } from './plan/raster.ts';
export { describeProgram } from './program/describe-program.ts';
export type {
  AnyNetwork,
  DenoisedNetwork,
  FedNetwork,
  Network,
  NetworkHead,
  NetworkInputs,
} from './program/network.ts';
export type {
  ListedBatch,
  ListedRegion,
  ListedStep,
  MemoryFormula,
  ProgramListing,
  RegionKind,
} from './program/program-listing.ts';
export { nearestCodes } from './quantizers/vector-quantizer.ts';
export { gumbels, normals, purposes, uniforms, words } from './random/draw.ts';
export { permutation } from './random/permutation.ts';
export { parseSeed, randomSeed } from './random/seed.ts';
export { foldIn, keyFromSeed, seedOfItem } from './random/threefry.ts';
export type { Key } from './random/threefry.ts';
export { trainingKey } from './random/training-key.ts';
export type { SequenceModel, StepDenoiser, StepSpan } from './sequence-model.ts';
export { shapeOnly } from './shape-only.ts';
export { assertShape, sizeOfShape } from './shape.ts';
export type { ShapePattern } from './shape.ts';
export type { Tokenizer } from './tokenizer.ts';
export type { AdamWOptions } from './train/adam-w.ts';
export { learningRateAt, weightDecayAt } from './train/schedule.ts';
export type { LearningRateSchedule, WeightDecaySchedule } from './train/schedule.ts';
export { firstNonFinite, train } from './train/train.ts';
export type { TrainOptions, TrainProgress } from './train/train.ts';
export type { TrainState } from './train/train-state.ts';
export type { LossAndMetrics, Trainee } from './train/trainee.ts';
export { turnOfEventLoop } from './turn-of-event-loop.ts';
