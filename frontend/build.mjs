// Builds the portal's static files. Everything is served by Callmark itself: no CDN, and nothing
// inline, so that the Content-Security-Policy needs neither unsafe-inline nor nonces.

import { watch } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
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
  await writeFile(join(out, "css", "callmark.css"), code);
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
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
  await writeFile(join(out, "icons.svg"), sprite);
}

async function copyAssets() {
  await mkdir(join(out, "fonts"), { recursive: true });
  for (const subset of ["latin", "latin-ext"]) {
    const file = `inter-${subset}-wght-normal.woff2`;
    await copyFile(
      join(modules, "@fontsource-variable/inter/files", file),
      join(out, "fonts", file),
    );
  }
  for (const file of ["logo.svg", "favicon.svg"]) {
    await copyFile(join(here, "src", file), join(out, file));
  }
}

async function build() {
  await mkdir(out, { recursive: true });
  await Promise.all([buildStyles(), buildScripts(), buildIcons(), copyAssets()]);
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
