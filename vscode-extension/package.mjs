// Makes the VSIX: node package.mjs [--server DIR] [--out FILE]
// DIR is a built fred (artifacts/fred); with it the extension carries its own server. Everything is staged outside the sources, without what only
// development needs; pictures of the README that live in docs/images come along.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const { values: options } = parseArgs({ options: { server: { type: 'string' }, out: { type: 'string', default: path.join(root, 'artifacts/vscode/fred.vsix') } } });
const out = path.resolve(options.out);
const stage = `${out}.stage`;

fs.rmSync(stage, { recursive: true, force: true });
fs.mkdirSync(stage, { recursive: true });
execFileSync(process.execPath, ['esbuild.mjs'], { cwd: here, stdio: 'inherit' });
for (const name of ['LICENSE', 'dist', 'media']) {
    fs.cpSync(path.join(here, name), path.join(stage, name), { recursive: true, filter: file => file !== path.join(here, 'dist/test') });
}
fs.rmSync(path.join(stage, 'media/timeline.css'));
fs.copyFileSync(path.join(root, 'CHANGELOG.md'), path.join(stage, 'CHANGELOG.md'));

const { scripts: _scripts, devDependencies: _development, private: _private, ...manifest } = JSON.parse(fs.readFileSync(path.join(here, 'package.json'), 'utf8'));
fs.writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify({ ...manifest, files: ['**'] }, null, 2)}\n`);

const readme = fs.readFileSync(path.join(here, 'README.md'), 'utf8').replace(/\]\(\.\.\/docs\/images\/([\w.-]+)\)/g, (_, name) => {
    fs.mkdirSync(path.join(stage, 'images'), { recursive: true });
    fs.copyFileSync(path.join(root, 'docs/images', name), path.join(stage, 'images', name));
    return `](images/${name})`;
});
fs.writeFileSync(path.join(stage, 'README.md'), readme);

if (options.server) {
    fs.cpSync(path.resolve(options.server), path.join(stage, 'server'), { recursive: true, filter: name => !/\.(pdb|xml)$|__pycache__/.test(name) });
}
const vsce = path.join(here, 'node_modules/@vscode/vsce/vsce');
execFileSync(process.execPath, [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '-o', out], { cwd: stage, stdio: 'inherit' });
fs.rmSync(stage, { recursive: true });
