// Builds the dashboard and makes a C++ source of it: node embed.mjs OUTPUT_DIRECTORY
//
// Installs what package-lock.json says when that is newer than what is installed; works offline when
// it is there. Each file is kept plain, and compressed by gzip and brotli where that is smaller.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const output = resolve(process.argv[2] ?? 'dashboard');

function fail(...lines) {
  for (const line of lines) console.error(`dashboard: ${line}`);
  process.exit(1);
}

function run(command, args, remedy) {
  const done = spawnSync(command, args, { cwd: here, encoding: 'utf8' });
  if (done.status === 0) return;
  console.error(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error ?? ''}`);
  fail(`${command} ${args.join(' ')} failed`, remedy);
}

function install() {
  const stamp = join(here, 'node_modules', '.installed');
  const lock = join(here, 'package-lock.json');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    'npm needs its registry for this once; without it, build with -DGEMKEEPER_DASHBOARD=OFF');
  writeFileSync(stamp, '');
}

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

function files(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

// A symbol for the bytes of a file: the assembler reads it, the compiler never sees it.
function symbol(name, bytes) {
  const path = join(output, 'files', name);
  writeFileSync(path, bytes);
  return {
    text: `asm(R"(
  .section .rodata
  .global gemkeeper_dashboard_${name}
gemkeeper_dashboard_${name}:
  .incbin "${path}"
  .byte 0
  .text
)");
extern "C" const char gemkeeper_dashboard_${name}[];  // NOLINT
`,
    view: `{gemkeeper_dashboard_${name}, ${bytes.length}}`,
  };
}

function embed() {
  const dist = join(output, 'dist');
  rmSync(join(output, 'files'), { recursive: true, force: true });
  mkdirSync(join(output, 'files'), { recursive: true });
  let symbols = '';
  let rows = '';
  files(dist).sort().forEach((file, index) => {
    const bytes = readFileSync(file);
    const path = `/${relative(dist, file).split(sep).join('/')}`;
    const type = types[extname(file)];
    if (!type) fail(`no content type is known for ${path}: add it to embed.mjs`);
    const part = path.startsWith('/assets/') ? 'page_part' : 'page';
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const forms = [
      bytes,
      gzipSync(bytes, { level: 9 }),
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
    ].map((form, n) => {
      if (n > 0 && form.length >= bytes.length) return '{}';
      const made = symbol(`f${index}_${['plain', 'gzip', 'brotli'][n]}`, form);
      symbols += made.text;
      return made.view;
    });
    rows += `    dashboard_file{"${path === '/index.html' ? '/' : path}", "${type}", "\\"${etag}\\"", handling::${part},
                   ${forms.join(', ')}},
`;
  });
  writeFileSync(join(output, 'dashboard_files.cpp'), `// Made by admin/ui/embed.mjs.
#include "dashboard_files.hpp"

#include <array>

${symbols}
namespace gemkeeper::admin {

const dashboard_file* find_dashboard_file(std::string_view path) {
  static constexpr std::array table{
${rows}  };
  for (const dashboard_file& one : table) {
    if (one.path == path) return &one;
  }
  return nullptr;
}

}  // namespace gemkeeper::admin
`);
}

install();
run('node', [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn',
  '--outDir', join(output, 'dist'), '--emptyOutDir'], 'see the message above');
embed();
