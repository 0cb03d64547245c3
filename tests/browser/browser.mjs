// Debian's Chromium, and what every page is watched for.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const wide = { width: 1280, height: 800 };
export const narrow = { width: 390, height: 844 };

export async function startBrowser() {
  const directory = await mkdtemp(join(tmpdir(), 'gemkeeper-chromium-'));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Its own sandbox needs what root in a container has not; the pages are ours.
    args: [
      ...(process.getuid() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', `--crash-dumps-dir=${directory}`,
    ],
  });
  return {
    browser,
    async stop() {
      await browser.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

// A page whose errors fail the test: exceptions, what the page's policy refuses, what it logs as an error.
// `expected`: errors that the test causes itself.
export async function openPage(browser, url, { viewport = wide, theme = 'light', expected = /^$/ } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    // What a refused call answers is shown by the page; the browser logs it besides.
    if (message.type() === 'error' && !/Failed to load resource/.test(text) && !expected.test(text)) problems.push(text);
  });
  await page.goto(url);
  return {
    page,
    context,
    async close() {
      await context.close();
      assert.deepEqual(problems, []);
    },
  };
}

// What axe finds against WCAG 2.2 AA.
export async function findings(page) {
  // By the debugging protocol: the page's own policy lets no script in.
  await page.evaluate(axe);
  const result = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  return result.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(' | ')}`);
}
