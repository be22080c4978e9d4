/**
 * What a command printed, as a picture of a terminal (SVG) for README and guides:
 * `ringdown trace last | node tools/terminal-picture.ts 'ringdown trace last' > docs/images/trace.svg`. The text stays text: it can be searched and copied.
 */
import { text as textOf } from 'node:stream/consumers';

const columnPx = 8.4;
const linePx = 19;
const marginPx = 18;
const barPx = 30;

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function drawTerminal(command: string, output: string): string {
  const lines = [`$ ${command}`, ...output.trimEnd().split('\n')];
  const columns = Math.max(60, ...lines.map((line) => line.length));
  const width = Math.ceil(columns * columnPx + 2 * marginPx);
  const height = Math.ceil(lines.length * linePx + 2 * marginPx + barPx);
  const rows = lines.map((line, row) => {
    const y = barPx + marginPx + (row + 0.75) * linePx;
    const colour = row === 0 ? '#7ee787' : '#e6edf3';
    return `<text x="${marginPx}" y="${y.toFixed(1)}" fill="${colour}" xml:space="preserve">${escapeXml(line)}</text>`;
  });
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `<circle cx="${marginPx + index * 18}" cy="${barPx / 2}" r="5.5" fill="${colour}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeXml(command)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...lights,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

process.stdout.write(drawTerminal(process.argv[2] ?? 'ringdown', await textOf(process.stdin)));
