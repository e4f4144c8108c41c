import { ResourceError } from '../../errors.ts';
import { turnOfEventLoop } from '../../turn-of-event-loop.ts';
import type { GpuDevice } from './device.ts';

/** Turns of the event loop after which a device that rejects without being lost is believed. */
const patience = 8;

/** Knows whether a device was lost. */
export class DeviceWatch {
  #loss: string | undefined;

  constructor(device: GpuDevice) {
    void device.lost.then(({ reason, message }) => {
      this.#loss = message || reason;
    });
  }

  /** @throws {ResourceError} DEVICE_LOST if the device is gone. */
  assertAlive(): void {
    if (this.#loss === undefined) return;
    throw new ResourceError(
      `webgpu executor: the device must stay until the end, it was lost: ${this.#loss} Make a new executor on a new device.`,
      'DEVICE_LOST',
    );
  }

  /** Waits for work of the device; where it fails since the device was lost, says so. */
  async finish<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      for (let turn = 0; turn < patience; turn++) {
        this.assertAlive();
        await turnOfEventLoop();
      }
      throw error;
    } finally {
      this.assertAlive();
    }
  }
}
