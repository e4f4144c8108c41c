/** What a file that is no zip looks like, and what to do with it; `undefined` for bytes without a known beginning. */
export function foreignFormat(
  head: Uint8Array,
): { readonly kind: string; readonly remedy: string } | undefined {
  const text = String.fromCharCode(...head.subarray(0, 512));
  const match = formats.find(({ matches }) => matches(text));
  return match === undefined ? undefined : { kind: match.kind, remedy: match.remedy };
}

/** How many bytes of a file `foreignFormat` looks at. */
export const foreignFormatBytes = 512;

const resave =
  "Load it in a current PyTorch and save it again: torch.save(torch.load(old, map_location='cpu'), new).";
/** The integer that old PyTorch files begin with, as a pickle writes it. */
const legacyMagic = '\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19';
const useWeights = 'Take the file with the model weights (.pth or .safetensors).';

const formats: readonly {
  readonly kind: string;
  readonly remedy: string;
  readonly matches: (text: string) => boolean;
}[] = [
  {
    kind: 'a PyTorch file of the format before version 1.6',
    remedy: resave,
    matches: (text) => isPickle(text) && text.slice(2, 14) === legacyMagic,
  },
  {
    kind: 'a bare Python pickle',
    remedy: resave,
    matches: isPickle,
  },
  { kind: 'a TAR archive', remedy: resave, matches: (text) => text.slice(257, 262) === 'ustar' },
  { kind: 'an HDF5 file', remedy: useWeights, matches: (text) => text.startsWith('\x89HDF\r\n') },
  {
    kind: 'an ONNX file',
    remedy: useWeights,
    matches: (text) =>
      text.startsWith('\b') && text.charCodeAt(1) <= 0x20 && text.charCodeAt(2) === 0x12,
  },
  { kind: 'a GGUF file', remedy: useWeights, matches: (text) => text.startsWith('GGUF') },
  {
    kind: 'a safetensors file',
    remedy: 'Name it .safetensors and import it as such.',
    matches: (text) => /^[^]{4}\0{4}\{/.test(text),
  },
  {
    kind: 'a gzip file',
    remedy: 'Unpack it first.',
    matches: (text) => text.startsWith('\x1f\x8b'),
  },
  {
    kind: 'a pointer of Git LFS',
    remedy: 'Get the file itself with "git lfs pull".',
    matches: (text) => text.startsWith('version https://git-lfs'),
  },
  {
    kind: 'plain text (an error page?)',
    remedy: 'Download the file again and look at what came.',
    matches: (text) => /^[\t\r\n\x20-\x7e\x80-\xff]+$/.test(text),
  },
];

function isPickle(text: string): boolean {
  return text.startsWith('\x80') && text.charCodeAt(1) >= 2 && text.charCodeAt(1) <= 5;
}
