// Builds the portal's static files. Everything is served by Callmark itself: no CDN, and nothing
// inline, so that the Content-Security-Policy needs neither unsafe-inline nor nonces.

import { createHash } from "node:crypto";
import { watch } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const SUBSETS = ["latin", "latin-ext"];
const out = join(here, "..", "src", "callmark", "portal", "static", "callmark");

async function buildStyles() {
  const { css } = sass.compile(join(here, "src", "scss", "callmark.scss"), {
    loadPaths: [modules],
    style: "compressed",
    quietDeps: true,
  });
  // Sass hoists nothing here; esbuild only minifies further and drops duplicate rules.
  const { code } = await esbuild.transform(css, { loader: "css", minify: true });
  await mkdir(join(out, "css"), { recursive: true });
  await writeFile(join(out, "css", "callmark.css"), await withHashedFonts(code));
}

// As portal/static_files.py names them: the page loads a font before the styles ask for it.
async function withHashedFonts(css) {
  let named = css;
  for (const subset of SUBSETS) {
    const name = `inter-${subset}-wght-normal`;
    const font = await readFile(join(modules, "@fontsource-variable/inter/files", `${name}.woff2`));
    const hash = createHash("sha256").update(font).digest("hex").slice(0, 12);
    named = named.replaceAll(`${name}.woff2`, `${name}.${hash}.woff2`);
  }
  return named;
}

async function buildScripts() {
  await esbuild.build({
    entryPoints: [join(here, "src", "js", "theme.js"), join(here, "src", "js", "callmark.js")],
    outdir: join(out, "js"),
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2021"],
    legalComments: "linked",
  });
}

async function buildIcons() {
  const names = (await readFile(join(here, "src", "icons.txt"), "utf8")).split("\n");
  const symbols = [];
  for (const name of names.map((line) => line.trim()).filter(Boolean)) {
    const svg = await readFile(join(modules, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
    const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    symbols.push(
      `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" ` +
        `stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${body.trim()}</symbol>`,
    );
  }
  const logo = await readFile(join(here, "src", "logo.svg"), "utf8");
  const drawn = logo.slice(logo.indexOf(">") + 1, logo.lastIndexOf("</svg>"));
  symbols.push(`<symbol id="callmark" viewBox="0 0 32 32">${drawn}</symbol>`);
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
  await writeFile(join(out, "icons.svg"), sprite);
}

async function copyAssets() {
  await mkdir(join(out, "fonts"), { recursive: true });
  for (const subset of SUBSETS) {
    const file = `inter-${subset}-wght-normal.woff2`;
    await copyFile(
      join(modules, "@fontsource-variable/inter/files", file),
      join(out, "fonts", file),
    );
  }
  await copyFile(join(here, "src", "favicon.svg"), join(out, "favicon.svg"));
}

async function build() {
  await mkdir(out, { recursive: true });
  await Promise.all([buildStyles(), buildScripts(), buildIcons(), copyAssets()]);
  await compressAll();
}

// Once, here, as small as can be: the server only hands them out. Fonts are compressed already.
async function compressAll() {
  for (const entry of await readdir(out, { recursive: true })) {
    if (!/\.(css|js|svg)$/.test(entry)) continue;
    const path = join(out, entry);
    const content = await readFile(path);
    await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
    await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
  }
}

if (process.argv.includes("--watch")) {
  await build();
  let waiting;
  watch(join(here, "src"), { recursive: true }, () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => build().catch((error) => console.error(error.message)), 100);
  });
} else {
  // A clean folder: a file that is no longer built must not linger in an installation.
  await rm(out, { recursive: true, force: true });
  await build();
}
