#!/usr/bin/env node
// Makes the pictures of docs/dashboard: tests/browser/screenshots.mjs [VIEW…]
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPage, startBrowser } from './browser.mjs';
import { startGemkeeper, startSandbox } from './gemkeeper.mjs';

const directory = join(dirname(fileURLToPath(import.meta.url)), '../../docs/dashboard');
const wanted = process.argv.slice(2);
const sandbox = await startSandbox();
const chromium = await startBrowser();
const gemkeeper = await startGemkeeper(sandbox);
try {
  await mkdir(directory, { recursive: true });
  const keys = [
    ['team-a-1', 'good-key-number-1', 'team-a'], ['team-a-2', 'bad-key-of-quota-minute', 'team-a-free'], ['team-b-1', 'good-key-number-2', 'team-b'],
    ['spare', 'bad-key-of-quota-day', 'spare'], ['old', 'bad-key-invalid', 'old'], ['batch', 'good-key-number-3', 'team-b'],
  ];
  for (const [name, key, project] of keys) {
    await gemkeeper.call('POST', 'api/v1/api-keys/add', { api_key: key, name, project, validate: false });
  }
  const { api_keys: all } = await gemkeeper.call('GET', 'api/v1/api-keys');
  const id = (name) => all.find((key) => key.name === name).id;
  await gemkeeper.call('PATCH', `api/v1/api-keys/${id('batch')}`, { enabled: false, limits: { requests_per_minute: 60, requests_per_day: 1500 } });
  const apps = [];
  for (const [name, limits] of [['web-shop', { requests_per_minute: 300, tokens_per_day: 20_000, usd_per_month: 5 }], ['assistant', { tokens_per_day: 4_000 }], ['nightly-batch', {}]]) {
    apps.push(await gemkeeper.call('POST', 'api/v1/clients', { name, limits }));
  }
  const [shop, assistant, nightly] = apps;
  await gemkeeper.call('PATCH', `api/v1/clients/${nightly.id}`, { enabled: false });
  await gemkeeper.call('PATCH', `api/v1/api-keys/${id('team-a-1')}`, { limits: { requests_per_minute: 600, requests_per_day: 1500 } });
  const models = ['gemini-3.6-flash', 'gemini-3.6-flash', 'gemini-3.5-flash-lite', 'gemini-2.5-pro'];
  const work = async (times) => {
    for (let n = 0; n < times; ++n) await gemkeeper.generate(models[n % models.length], { 'x-goog-api-key': (n % 3 === 0 ? assistant : shop).token });
  };
  await work(30);
  const { requests } = await gemkeeper.call('GET', 'api/v1/requests');
  const { paths } = await gemkeeper.call('GET', 'openapi.json');
  const retried = requests.find((one) => one.attempts > 2) ?? requests[0];
  const views = [
    ['overview', 'overview', 'light'], ['keys', 'keys', 'light', 1480], ['key', `keys/${id('team-a-2')}`, 'light'],
    ['add-keys', 'keys', 'light'], ['requests', 'requests', 'light'], ['request', `requests/${retried.request_id}`, 'light'],
    ['usage', 'usage?range=1h&by=client', 'light'], ['alerts', 'alerts', 'light'], ['settings', 'settings', 'dark'], ['connect', 'connect', 'dark'],
    ...['clients', 'prices', 'audit'].filter((name) => paths[`/api/v1/${name}`]).map((name) => [name, name, 'light']),
  ];
  for (const [name, place, theme, width = 1100] of views) {
    if (wanted.length && !wanted.includes(name)) continue;
    const opened = await openPage(chromium.browser, `${gemkeeper.url}#/${place}`, { theme, viewport: { width, height: 700 } });
    const { page } = opened;
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    if (name === 'overview') {
      for (let n = 0; n < 8; ++n) {
        await work(12 + 9 * (n % 3));
        await page.waitForTimeout(900);
      }
    }
    if (name === 'add-keys') {
      await page.getByRole('button', { name: 'Add keys' }).click();
      await page.getByRole('dialog').getByLabel('API keys').fill('team-c = good-key-number-4\ngood-key-number-5\nrefused = bad-key-invalid');
      await page.getByRole('button', { name: 'Validate only' }).click();
      await page.getByText('3 of 3').waitFor();
    }
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(directory, `${name}.png`) });
    await opened.close();
  }
} finally {
  await gemkeeper.stop();
  await chromium.stop();
  await sandbox.stop();
}
