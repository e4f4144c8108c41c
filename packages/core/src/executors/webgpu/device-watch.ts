import { ResourceError } from '../../errors.ts';
import { turnOfEventLoop } from '../../turn-of-event-loop.ts';
import type { GpuDevice, GpuFault } from './device.ts';

/** Turns of the event loop after which a device that rejects without being lost is believed. */
const patience = 8;

/** Knows whether a device was lost, or refused a command: what was read afterwards would be zeros. */
export class DeviceWatch {
  readonly #device: GpuDevice;
  readonly #noteFault = (event: GpuFault): void => {
    // Else Dawn prints it.
    event.preventDefault();
    this.#fault ??= event.error.message;
  };
  #loss: string | undefined;
  #fault: string | undefined;

  constructor(device: GpuDevice) {
    this.#device = device;
    device.addEventListener('uncapturederror', this.#noteFault);
    void device.lost.then(({ reason, message }) => {
      this.#loss = message || reason;
    });
  }

  /** Hears no more of the device. */
  end(): void {
    this.#device.removeEventListener('uncapturederror', this.#noteFault);
  }

  /** @throws {ResourceError} DEVICE_LOST if the device is gone, or refused a command. */
  assertAlive(): void {
    const reason = this.#loss ?? this.#fault;
    if (reason === undefined) return;
    const what =
      this.#loss === undefined
        ? 'every command must succeed on the device, one did not'
        : 'the device must stay until the end, it was lost';
    throw new ResourceError(
      `webgpu executor: ${what}: ${reason} Make a new executor on a new device.`,
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
