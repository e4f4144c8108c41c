import type * as plotParts from '@observablehq/plot';
import type { PlotOptions } from '@observablehq/plot';

/** The parts that charts are made of, as Observable Plot has them. */
export type Plot = typeof plotParts;

const width = 760;

/**
 * Draws panels, one below the other, as an SVG file, dark on white. The drawing library and the document that it draws in are
 * loaded here, which takes about a second the first time.
 *
 * @param panels  From Plot's marks to what each panel shows; without a title of Plot's own, which is no part of a picture.
 */
export async function drawChart(
  panels: (plot: Plot) => readonly (PlotOptions & { readonly height: number })[],
): Promise<string> {
  const [plot, { JSDOM }] = await Promise.all([import('@observablehq/plot'), import('jsdom')]);
  const { document } = new JSDOM('').window;
  const style = { background: 'white', color: '#222', fontFamily: 'sans-serif' };
  let top = 0;
  const drawn = panels(plot).map((options) => {
    const panel = plot.plot({ width, style, ...options, document });
    panel.setAttribute('y', String(top));
    top += options.height;
    return panel.outerHTML;
  });
  const size = `viewBox="0 0 ${width} ${top}" width="${width}" height="${top}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${drawn.join('\n')}\n</svg>\n`;
}

/** An SVG file as a PNG on white, twice as many pixels a side. */
export async function chartPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const picture = new Resvg(svg, { background: 'white', fitTo: { mode: 'zoom', value: 2 } });
  return picture.render().asPng();
}
