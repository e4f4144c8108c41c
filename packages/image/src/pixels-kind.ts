const signatures: readonly (readonly [kind: string, offset: number, bytes: string])[] = [
  ['PNG picture', 0, '\x89PNG\r\n\x1a\n'],
  ['JPEG picture', 0, '\xff\xd8\xff'],
  ['GIF picture', 0, 'GIF8'],
  ['WebP picture', 8, 'WEBP'],
  ['AVIF picture', 4, 'ftypavif'],
  ['HEIC picture', 4, 'ftypheic'],
  ['MP4 video', 4, 'ftyp'],
  ['BMP picture', 0, 'BM'],
  ['TIFF picture', 0, 'II*\0'],
  ['TIFF picture', 0, 'MM\0*'],
  ['PDF document', 0, '%PDF'],
  ['zip archive', 0, 'PK\x03\x04'],
  ['gzip file', 0, '\x1f\x8b'],
];

/**
 * Says from its first bytes what a file is, for messages and for choosing a reader.
 *
 * @returns For example `PNG picture`, `JPEG picture`, `HTML page`, `text file`, `empty file` or `unknown binary file`.
 */
export function fileKind(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'empty file';
  const head = String.fromCharCode(...bytes.subarray(0, 512));
  for (const [kind, offset, signature] of signatures) {
    if (head.startsWith(signature, offset)) return kind;
  }
  const isText = /^[\t\n\r\x20-\x7e\x80-\xff]*$/.test(head);
  if (!isText) return 'unknown binary file';
  const start = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'HTML page';
  if (start.startsWith('<svg') || (start.startsWith('<?xml') && start.includes('<svg'))) {
    return 'SVG drawing';
  }
  if (start.startsWith('{') || start.startsWith('[')) return 'JSON text';
  return 'text file';
}
