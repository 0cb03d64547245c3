// One table: feature × client × mode.
const signs = { passed: '✓', failed: '✗', 'not offered': '·', skipped: 's' };

function padded(text, width) {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}

// `outcomes`: (client label, mode, feature id) → {result}.
export function table(features, clients, modes, outcome) {
  const first = Math.max(...features.map(({ title }) => title.length)) + 2;
  const columns = clients.map(({ label }) => label.split(' '));
  const depth = Math.max(...columns.map((words) => words.length));
  const width = Math.max(...columns.flat().map((word) => word.length)) + 2;
  const lines = [];
  for (let row = 0; row < depth; ++row) {
    lines.push(padded('', first) + columns.map((words) => padded(words[row] ?? '', width)).join(''));
  }
  for (const { id, title } of features) {
    lines.push(padded(title, first) + clients.map(({ label }) => padded(
      modes.map((mode) => signs[outcome(label, mode, id).result]).join(' '), width)).join(''));
  }
  lines.push('', `In each cell: ${modes.join(', ')}. ✓ passed  ✗ failed  · not offered by the client  s skipped`);
  return lines.map((line) => line.trimEnd()).join('\n');
}
