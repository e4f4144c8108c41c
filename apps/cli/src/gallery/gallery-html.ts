import { escapeMarkup } from '../escape-markup.ts';

/** What the page shows of a model. */
export interface GalleryModel {
  readonly name: string;
  readonly recipe: string;
  readonly pictures: number;
  /** Time that they took. */
  readonly seconds: number;
  /** Files beside the page. */
  readonly sheets: readonly { readonly file: string; readonly caption: string }[];
  /** Makes the first sheet again. */
  readonly command: string;
}

/** A page of all sheets: no script, no address outside of its folder, light or dark as the reader likes. */
export function galleryHtml({
  engine,
  models,
}: {
  readonly engine: string;
  readonly models: readonly GalleryModel[];
}): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>nextx gallery</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
img { max-width: 100%; image-rendering: pixelated; border-radius: 4px }
figure { margin: 1rem 0 }
figcaption, p.facts { color: GrayText }
code { font-size: 0.85em; overflow-wrap: anywhere }
</style>
<h1>nextx</h1>
<p>Pictures generated on this machine, on ${escapeMarkup(engine)}. Each file says how it was made:
<code>nextx replay FILE</code> makes it again.</p>
${models.map(section).join('\n')}
</html>
`;
}

function section({ name, recipe, pictures, seconds, sheets, command }: GalleryModel): string {
  const rate = (pictures / seconds).toPrecision(2);
  return `<section>
<h2>${escapeMarkup(name)}</h2>
<p class="facts">${escapeMarkup(recipe)}; ${pictures} pictures in ${seconds.toFixed(1)} s (${rate} a second)</p>
${sheets.map(figure).join('\n')}
<p><code>${escapeMarkup(command)}</code></p>
</section>`;
}

function figure({ file, caption }: GalleryModel['sheets'][number]): string {
  const source = encodeURIComponent(file);
  return `<figure><a href="${source}"><img src="${source}" alt="${escapeMarkup(caption)}"></a><figcaption>${escapeMarkup(caption)}</figcaption></figure>`;
}
