/**
 * Large files on one disk, in the folders `FILE_FOLDERS`. Implemented over the machine's disk and by the simulator;
 * `test/artifacts/compliance` holds both to it. Names are made by code: `content/<id>`.
 * Errors: `DATA_DIR_UNUSABLE` for whatever the disk refuses, `STORE_FULL` when it is full.
 */
export interface ArtifactFiles {
  list(): Promise<ReadonlyArray<{ readonly name: string; readonly size: number }>>;
  /** For reading and writing; undefined when it is not there. */
  open(name: string): Promise<ArtifactFile | undefined>;
  /** Makes an empty file in place of what has this name. */
  create(name: string): Promise<ArtifactFile>;
  /** All or nothing, in place of what has the new name; on the disk when it resolves. */
  move(from: string, to: string): Promise<void>;
  /** Resolves also when it is not there. Open files can be read on. */
  remove(name: string): Promise<void>;
  /** Bytes that can still be written to the disk. */
  freeBytes(): Promise<number>;
}

export interface ArtifactFile {
  /**
   * Less than `length` bytes only at the end of the file. What was never written between others is zeros. They
   * are read into `room`, which has space for them, where it is given.
   */
  read(offset: number, length: number, room?: Uint8Array): Promise<Uint8Array>;
  /** Writes the pieces one after the other. */
  write(offset: number, pieces: readonly Uint8Array[]): Promise<void>;
  /** Resolves when all that was written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Whole artifacts; those that are being fetched; those that are being written. */
export const FILE_FOLDERS = ['content', 'partial', 'incoming'] as const;
