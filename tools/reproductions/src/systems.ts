/** A published system and what its authors say of it. */
export interface PublishedSystem {
  /** As people call it. */
  readonly name: string;
  readonly paper: string;
  /** The headline figure, as published. */
  readonly claim: string;
  /** Name of the recipe of nextx, once there is one. */
  readonly recipe?: string;
}

const arxiv = (id: string): string => `[arXiv ${id}](https://arxiv.org/abs/${id})`;

/** Systems that generate pictures, by name. Claims are on ImageNet at 256 pixels unless they say otherwise. */
export const publishedSystems: readonly PublishedSystem[] = [
  {
    name: 'VAR',
    paper: arxiv('2404.02905'),
    claim: 'FID 3.55 (d16, 310M) to 1.97 (d30, 2.0B), in 10 steps instead of 256',
    recipe: 'var',
  },
  {
    name: 'LlamaGen',
    paper: arxiv('2406.06525'),
    claim: 'plain next-token prediction reaches FID 5.46 (B, 111M) to 2.18 (3B)',
    recipe: 'llamagen',
  },
  {
    name: 'MAR',
    paper: arxiv('2406.11838'),
    claim: 'FID 2.31 (B, 208M) to 1.55 (H, 943M) without vector quantization',
  },
  {
    name: 'xAR',
    paper: arxiv('2502.20388'),
    claim: 'FID 1.24 (H, 1.1B); the 172M model beats DiT-XL and is 20 times as fast',
  },
  {
    name: 'FlowAR',
    paper: arxiv('2412.15205'),
    claim: 'FID 1.90 (L, 589M) against 2.95 of VAR-d20',
  },
  {
    name: 'FlexVAR',
    paper: arxiv('2502.20313'),
    claim: 'FID 3.05 (d16), 2.41 (d20), 2.21 (d24); 2.08 in 13 steps without training for them',
  },
  { name: 'M-VAR', paper: arxiv('2411.10433'), claim: 'FID 1.78 (d32), faster than VAR-d30' },
  {
    name: 'NAR',
    paper: arxiv('2503.10696'),
    claim: '31 steps instead of 256; 2.4 times the pictures a second of PAR-4X',
  },
  { name: 'Hi-MAR', paper: arxiv('2505.20288'), claim: 'FID 1.93 (B, 244M) to 1.52 (H, 1.1B)' },
  {
    name: 'CTF',
    paper: arxiv('2503.16194'),
    claim: 'FID of LlamaGen-B from 5.46 to 4.15, of LlamaGen-L from 3.80 to 2.97',
  },
  {
    name: 'Infinity',
    paper: arxiv('2412.04431'),
    claim: 'GenEval 0.69, a picture of 1,024 pixels in 0.8 s (2B)',
  },
  {
    name: 'HMAR',
    paper: arxiv('2506.04421'),
    claim:
      '1.75 times the inference speed of VAR, 2.5 times its training speed, a third of its memory',
  },
  {
    name: 'NFIG',
    paper: arxiv('2503.07076'),
    claim: 'FID 2.81 at 310M, 1.25 times as fast as VAR-d20',
  },
  {
    name: 'SAR',
    paper: arxiv('2512.06421'),
    claim: 'FID of FlexVAR-d16 from 3.05 to 2.89 by training after training',
  },
  {
    name: 'VARiant',
    paper: arxiv('2511.16546'),
    claim:
      'FID 2.05 with 16 of 30 layers, 2.97 with 2 at 3.5 times the speed and a fifth of the memory',
  },
  {
    name: 'D-AR',
    paper: arxiv('2505.23660'),
    claim: 'FID 2.44 (L), 2.09 (XL)',
  },
  {
    name: 'DiGIT',
    paper: arxiv('2410.12490'),
    claim: 'FID 4.59 unconditional, 3.39 with classes (732M)',
  },
  {
    name: 'Distilled Decoding',
    paper: arxiv('2412.17153'),
    claim:
      'VAR in one step: FID 4.19 to 9.96, 6.3 times as fast; LlamaGen: 4.11 to 11.35, 217.8 times',
  },
  {
    name: 'E-CAR',
    paper: arxiv('2412.14170'),
    claim: 'FID like that of DiT with a tenth of the operations, 5 times as fast',
  },
  { name: 'ARFlow', paper: arxiv('2501.16085'), claim: 'FID 4.34 at 128 pixels' },
  {
    name: 'FlexTok',
    paper: arxiv('2502.13967'),
    claim: 'FID below 2 with 8 to 128 tokens',
  },
  {
    name: 'Parti',
    paper: arxiv('2206.10789'),
    claim: 'FID 7.23 on MS-COCO without training on it (20B), 3.22 fine-tuned',
  },
];
