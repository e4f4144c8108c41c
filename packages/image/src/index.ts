export { metadataText, readImageMetadata } from './image-metadata.ts';
export { importOfficial } from './import-official.ts';
export type { ImportedModel, OfficialSources } from './import-official.ts';
export { loadImageModel, loadImageTokenizer } from './image-model.ts';
export type { ImageModel, LoadedTokenizer } from './image-model.ts';
export { readEmoji } from './data/emoji.ts';
export { assertDataset, datasetPicture, selectRows } from './data/image-dataset.ts';
export type { ImageDataset, Split } from './data/image-dataset.ts';
export { renderDataReport } from './data/data-report.ts';
export type { DataReport } from './data/data-report.ts';
export { resolveLabel } from './data/labels.ts';
export { fashionMnistLabels, mnistLabels, readFashionMnist, readMnist } from './data/mnist.ts';
export { keptTokens } from './edit.ts';
export type { GeneratedImage, GenerateEvent, GenerateOptions, Provenance } from './generate.ts';
export { imageGrid } from './grid.ts';
export { evaluateTokenizer } from './evaluation/evaluate-tokenizer.ts';
export type {
  EvaluateTokenizerOptions,
  TokenizerEvaluation,
} from './evaluation/evaluate-tokenizer.ts';
export { firstPictures } from './evaluation/first-pictures.ts';
export { independentPixels } from './evaluation/independent-pixels.ts';
export { pictureRuler } from './evaluation/picture-ruler.ts';
export type {
  PictureDistances,
  PictureRuler,
  PictureRulerOptions,
} from './evaluation/picture-ruler.ts';
export { labelAccuracy, renderLabelAccuracy } from './metrics/label-accuracy.ts';
export type { LabelAccuracy } from './metrics/label-accuracy.ts';
export { loadJudge } from './metrics/load-judge.ts';
export type { LoadedJudge } from './metrics/load-judge.ts';
export type { TokenizerScore } from './metrics/tokenizer-benchmark.ts';
export { codeUsage } from './metrics/code-usage.ts';
export { featureStatistics } from './metrics/feature-statistics.ts';
export { frechetDistance } from './metrics/frechet-distance.ts';
export { fitPca64, frechetPca64, pca64Statistics } from './metrics/frechet-pca.ts';
export { initJudge, judgeForward, judgeLoss } from './metrics/judge.ts';
export type { JudgeOptions, JudgeParams } from './metrics/judge.ts';
export { judgePictures } from './metrics/judge-pictures.ts';
export { judgeTrainee } from './metrics/judge-trainee.ts';
export { densityCoverage, precisionRecall } from './metrics/precision-recall.ts';
export { psnr } from './metrics/psnr.ts';
export { ssim } from './metrics/ssim.ts';
export { floatsToPixels, pixelsToFloats, toGrey, toRgb } from './pixels.ts';
export type { Pixels } from './pixels.ts';
export { decodeImage } from './pixels-decode.ts';
export { readMask } from './pixels-mask.ts';
export { cropSquare, resizePixels } from './pixels-resize.ts';
export { decodePng, encodePng, readPngText } from './png.ts';
export { imageRecipes, imageTokenizers } from './recipes.ts';
export type { Captions } from './recipes/caption-mask.ts';
export type { ImageRecipe, ImageSequenceModel } from './recipes/image-recipe.ts';
export {
  bindCaptions,
  llamaGen3B,
  llamaGenB,
  llamaGenL,
  llamaGenRecipe,
  llamaGenXL,
  llamaGenXXL,
} from './recipes/llamagen.ts';
export type { LlamaGenOptions, LlamaGenParams } from './recipes/llamagen.ts';
export { varD16, varD20, varD24, varD30, varD36, varRecipe } from './recipes/var.ts';
export type { VarOptions, VarParams } from './recipes/var.ts';
export { officialCheckpoints } from './official-checkpoints.ts';
export type { OfficialCheckpoint, RecipeChoice } from './official-checkpoints.ts';
export type { ImageTokenizer } from './tokenizers/image-tokenizer.ts';
export { initMultiScaleVq, multiScaleVq } from './tokenizers/multi-scale-vq.ts';
export type {
  MultiScaleVq,
  MultiScaleVqOptions,
  MultiScaleVqParams,
} from './tokenizers/multi-scale-vq.ts';
export type { ImageTokenizerRecipe } from './tokenizers/tokenizer-recipe.ts';
export { initVqgan, vqgan } from './tokenizers/vqgan.ts';
export type { Vqgan, VqganOptions, VqganParams } from './tokenizers/vqgan.ts';
export { bitsPerImage, encodeDataset, sequenceTrainee } from './training/sequence-trainee.ts';
export type { EncodedDataset, SequenceTraineeOptions } from './training/sequence-trainee.ts';
export { reconstructionFigures, tokenizerTrainee } from './training/tokenizer-trainee.ts';
export type { TokenizerTraineeOptions } from './training/tokenizer-trainee.ts';
