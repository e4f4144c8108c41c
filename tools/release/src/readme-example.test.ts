import { describe, expect, it } from 'vitest';
import { readmeExample } from './readme-example.ts';

const readme = `# @nextx/image
Pictures.

    pnpm add @nextx/image @tensorflow/tfjs-core

\`\`\`ts
import { one } from '@nextx/image';
one();
\`\`\`
\`\`\`ts
second();
\`\`\`
`;

describe('readmeExample', () => {
  it('reads the packages of the install line and the first TypeScript block', () => {
    expect(readmeExample(readme)).toEqual({
      install: ['@nextx/image', '@tensorflow/tfjs-core'],
      code: { language: 'ts', text: "import { one } from '@nextx/image';\none();\n" },
    });
  });

  it('drops the flags of the install line', () => {
    expect(readmeExample('```sh\nnpm install --global @nextx/cli\n```').install).toEqual([
      '@nextx/cli',
    ]);
  });

  it('takes the lines that call a command where there is no TypeScript', () => {
    const text =
      '```sh\nnpm i @nextx/cli\n```\n```sh\n$ npx nextx doctor\n# more\nnextx models\n```\n';

    expect(readmeExample(text, 'nextx').code).toEqual({
      language: 'sh',
      text: 'npx nextx doctor\nnextx models',
    });
  });

  it('finds no example in plain text', () => {
    expect(readmeExample('# Nothing\n', 'nextx')).toEqual({ install: [] });
  });
});
