export { enableRelaxedSimd } from './executors/cpu/relaxed-simd.ts';
export { writeFileAtomic } from './io/atomic-write.ts';
export type { AtomicWriteOptions } from './io/atomic-write.ts';
export { openCheckpointStore } from './io/checkpoint-store.ts';
export type {
  CheckpointStore,
  CheckpointStoreOptions,
  StoredCheckpoint,
} from './io/checkpoint-store.ts';
export { dataFolder } from './io/data-folder.ts';
export { openFile } from './io/file-source.ts';
export { folderFiles } from './io/folder-files.ts';
export { modelFolders } from './io/model-folders.ts';
export type { NamedModelFolder } from './io/model-folders.ts';
export { saveModel } from './io/save-model.ts';
export type { SavedModel } from './io/save-model.ts';
