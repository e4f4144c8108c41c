import { escapeMarkup } from '../escape-markup.ts';

/** What the page shows of a model, or of a forecast. */
export interface GallerySection {
  readonly name: string;
  /** One line. */
  readonly facts: string;
  /** Files beside the page. */
  readonly sheets: readonly GallerySheet[];
  /** Makes the first sheet again, or measures what it shows. */
  readonly command: string;
}

/** A picture of the page. */
export interface GallerySheet {
  readonly file: string;
  readonly caption: string;
  /** Whether its pixels are to be seen when it is enlarged. */
  readonly isPixelated?: boolean;
}

/** A page of all sheets: no script, no address outside of its folder, light or dark as the reader likes. */
export function galleryHtml({
  engine,
  sections,
}: {
  readonly engine: string;
  readonly sections: readonly GallerySection[];
}): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>nextx gallery</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
img { max-width: 100%; border-radius: 4px; background: white }
img.pixels { image-rendering: pixelated; background: none }
figure { margin: 1rem 0 }
figcaption, p.facts { color: GrayText }
code { font-size: 0.85em; overflow-wrap: anywhere }
</style>
<h1>nextx</h1>
<p>Made on this machine, on ${escapeMarkup(engine)}. Each generated picture says how it was made:
<code>nextx replay FILE</code> makes it again.</p>
${sections.map(section).join('\n')}
</html>
`;
}

function section({ name, facts, sheets, command }: GallerySection): string {
  return `<section>
<h2>${escapeMarkup(name)}</h2>
<p class="facts">${escapeMarkup(facts)}</p>
${sheets.map(figure).join('\n')}
<p><code>${escapeMarkup(command)}</code></p>
</section>`;
}

function figure({ file, caption, isPixelated = false }: GallerySheet): string {
  const source = encodeURIComponent(file);
  const look = isPixelated ? ' class="pixels"' : '';
  return `<figure><a href="${source}"><img${look} src="${source}" alt="${escapeMarkup(caption)}"></a><figcaption>${escapeMarkup(caption)}</figcaption></figure>`;
}
