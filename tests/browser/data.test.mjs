import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fixture } from './fixture.mjs';

const { with: run } = fixture();
const keys = ['bad-key-of-quota-minute', 'good-key-number-1', 'bad-key-invalid'];

test('the overview says whether all is well, and follows', run({ keys: ['good-key-number-1', 'bad-key-invalid'] }, async (gemkeeper, open) => {
  const page = await open();
  await page.getByText('2 of 2 keys are healthy').waitFor();
  for (let n = 0; n < 4; ++n) await gemkeeper.generate();
  await page.getByText('1 of 2 keys can serve.').waitFor();
  await page.getByText('4 since the start').first().waitFor();
  await page.getByRole('region', { name: 'Lately retried or failed requests' }).getByRole('row').nth(1).waitFor();
  assert.match(await page.locator('dl', { hasText: 'Daily quotas' }).innerText(), /begin anew in .*09:00, Europe\/Berlin/);
  for (const { id } of (await gemkeeper.call('GET', 'api/v1/api-keys')).api_keys) {
    await gemkeeper.call('PATCH', `api/v1/api-keys/${id}`, { enabled: false });
  }
  await page.getByText('No key can serve now.').waitFor();
}));

test('a request is found and its story read', run({ keys }, async (gemkeeper, open) => {
  for (let n = 0; n < 5; ++n) await gemkeeper.generate();
  await gemkeeper.generate('gemini-that-is-not');
  const page = await open('#/requests');
  await page.getByText('6 of 6 recent requests').waitFor();
  await page.getByRole('combobox', { name: 'Show' }).selectOption('bad');
  await page.getByText('1 of 6 recent requests').waitFor();
  await page.getByText('gemini-that-is-not').waitFor();
  await page.getByRole('combobox', { name: 'Show' }).selectOption('retried');
  const { requests } = await gemkeeper.call('GET', 'api/v1/requests');
  const retried = requests.filter((one) => one.attempts > 1);
  await page.getByText(`${retried.length} of 6 recent requests`).waitFor();
  await page.getByRole('searchbox').fill(retried[0].request_id);
  await page.getByText('1 of 6 recent requests').waitFor();
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('heading', { name: retried[0].model }).waitFor();
  await page.getByText(retried[0].request_id).waitFor();
  const trail = page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3 }) });
  assert.equal(await trail.count(), retried[0].attempts);
  const told = (await trail.allInnerTexts()).join('\n');
  const refused = retried[0].trail.find((one) => one.effect);
  assert.ok(told.includes('Chosen as the first try') && told.includes(refused.reason), told);
  assert.match(told, /(The project rests for|The key is set aside)[^]* until .*2\d{3}/);
  await page.goto(`${gemkeeper.url}#/requests/0123456789abcdef`);
  await page.getByText('no longer among the recent ones').waitFor();
}));

test('usage is told by key and model, and counted anew', run({ keys }, async (gemkeeper, open) => {
  for (let n = 0; n < 3; ++n) await gemkeeper.generate();
  await gemkeeper.generate('gemini-2.5-pro');
  const page = await open('#/usage');
  const tile = page.locator('.tile', { hasText: 'Calls' });
  await tile.getByText('4', { exact: true }).waitFor();
  await page.getByRole('combobox', { name: 'Grouping' }).selectOption('per_model');
  const sums = page.getByRole('region', { name: 'Sums By model' }).last();
  await sums.getByRole('cell', { name: 'gemini-2.5-pro' }).waitFor();
  assert.equal(await sums.getByRole('row').count(), 3);
  await page.getByRole('button', { name: 'Count anew' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Count anew' }).click();
  await tile.getByText('0', { exact: true }).waitFor();
  assert.equal((await gemkeeper.call('GET', 'api/v1/credits')).total_calls, 0);
}));

test('settings tell their value and where it comes from', run({ secured: true, settings: { 'pool.policy': 'least_used' } }, async (_gemkeeper, open) => {
  const page = await open('#/settings');
  await page.getByLabel('Admin token').fill('the-admin-token-of-the-tests');
  await page.keyboard.press('Enter');
  await page.getByRole('searchbox').fill('pool.policy');
  const row = page.getByRole('row', { name: 'pool.policy' });
  await row.getByText('least_used').waitFor();
  await row.getByText('--set').waitFor();
  await page.getByRole('searchbox').fill('');
  await page.getByLabel('Only what is set').check();
  await page.getByText('GEMKEEPER_ADMIN__TOKEN').waitFor();
  assert.ok(!(await page.content()).includes('the-admin-token-of-the-tests'));
}));

test('recipes name this proxy, and the CA certificate is given without its key', run({ keys }, async (gemkeeper, open) => {
  const page = await open('#/connect');
  for (const client of ['@google/genai', '@google/generative-ai', 'google-genai', 'LangChain', 'google.golang.org/genai', 'openai', 'Vercel AI SDK']) {
    const recipe = page.getByRole('region', { name: client }).first();
    assert.ok((await recipe.innerText()).includes(gemkeeper.proxy), client);
  }
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('region', { name: 'Any Google SDK' }).getByRole('button').click();
  await page.getByText('Copied').waitFor();
  assert.equal(
    await page.evaluate(() => navigator.clipboard.readText()),
    `export GOOGLE_GEMINI_BASE_URL=${gemkeeper.proxy}\nexport GEMINI_API_KEY=anything`,
  );
  const [download] = await Promise.all([
    page.waitForEvent('download'), page.getByRole('link', { name: 'Download the CA certificate' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'gemkeeper-ca.pem');
  const pem = await readFile(await download.path(), 'utf8');
  assert.match(pem, /^-----BEGIN CERTIFICATE-----\n/);
  assert.ok(!pem.includes('PRIVATE KEY'));
}));

test('an alert stands while its cause does', run({ keys }, async (gemkeeper, open) => {
  const page = await open('#/alerts');
  await page.getByRole('button', { name: 'Test the webhook' }).click();
  await page.getByText('there is no webhook to test').waitFor();
  for (let n = 0; n < 4; ++n) await gemkeeper.generate();
  const alerts = page.getByRole('region', { name: 'Alerts' });
  const row = alerts.getByRole('row', { name: 'API_KEY_INVALID' });
  await row.getByText('Warning').waitFor();
  await page.goto(`${gemkeeper.url}#/overview`);
  await page.getByRole('region', { name: 'Alerts' }).getByText('API_KEY_INVALID').waitFor();
  const rejected = (await gemkeeper.call('GET', 'api/v1/api-keys')).api_keys.find((key) => key.state === 'quarantined');
  await gemkeeper.call('PATCH', `api/v1/api-keys/${rejected.id}`, { enabled: false });
  await gemkeeper.call('POST', `api/v1/api-keys/${rejected.id}/reset`);
  await page.getByRole('region', { name: 'Alerts' }).getByText('API_KEY_INVALID').waitFor({ state: 'detached' });
  await page.goto(`${gemkeeper.url}#/alerts`);
  await row.getByText('Over').waitFor();
}));

test('what was done is in the audit trail, by whom and to which key', run({}, async (gemkeeper, open) => {
  const { id } = await gemkeeper.call('POST', 'api/v1/api-keys/add', { api_key: 'good-key-number-1', name: 'team' });
  await gemkeeper.call('PATCH', `api/v1/api-keys/${id}`, { weight: 3 });
  const page = await open('#/audit');
  const trail = page.getByRole('region', { name: 'Audit trail' });
  await trail.getByText('127.0.0.1').first().waitFor();
  assert.ok((await trail.getByRole('link', { name: id }).count()) >= 2);
  assert.ok(!(await page.content()).includes('good-key-number-1'));
}));

test('usage over time is drawn, compared, zoomed and given as CSV', run({ keys: ['good-key-number-1', 'good-key-number-2'] }, async (gemkeeper, open) => {
  for (let n = 0; n < 5; ++n) await gemkeeper.generate();
  await gemkeeper.generate('gemini-2.5-pro');
  // It is durable within a second.
  for (let n = 0; n < 50 && (await gemkeeper.call('GET', 'api/v1/usage?step=minute')).usage.length === 0; ++n) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const page = await open('#/usage?range=1h');
  const history = page.getByRole('region', { name: 'Over time' });
  await history.getByRole('img', { name: /Tokens over time. gemini-3.6-flash: 125, gemini-2.5-pro: 25/ }).waitFor();
  await history.getByRole('combobox', { name: 'Group' }).selectOption('key');
  await history.getByRole('list', { name: 'Lines of the chart' }).getByText('key-2').waitFor();
  await history.getByRole('combobox', { name: 'Measure' }).selectOption('calls');
  await history.getByRole('img', { name: /Calls over time/ }).waitFor();
  await history.getByLabel('Compare with the time before').check();
  await history.getByText('All, the time before').waitFor();
  await history.locator('th', { hasText: 'Change' }).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), history.getByRole('link', { name: 'CSV' }).click()]);
  assert.match(await readFile(await download.path(), 'utf8'), /^start,key,/);
  const box = await history.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await history.getByRole('button', { name: 'Zoom out' }).waitFor();
  assert.match(page.url(), /range=own/);
  assert.equal(await history.getByLabel('From').count(), 1);
}));

test('prices are shown with their source, and overridden', run({}, async (gemkeeper, open) => {
  const page = await open('#/prices');
  const prices = page.getByRole('region', { name: 'Prices' });
  await page.getByRole('searchbox').fill('gemini-2.5-pro');
  await prices.getByText(/\$1.25/).first().waitFor();
  await page.getByRole('button', { name: 'Own prices' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Price file').fill('{');
  await dialog.getByRole('button', { name: 'Use them' }).click();
  await dialog.getByText('This is not JSON').waitFor();
  const file = {
    schema: 1, currency: 'USD', sources: { contract: { url: 'our contract', date: '2026-11-24' } },
    models: [{ names: ['gemini-2.5-pro'], prices: [{ from: '2026-01-01', sources: ['contract'], standard: { input: '0.5', output: { text: 'x' } } }] }],
  };
  await dialog.getByLabel('Price file').fill(JSON.stringify(file));
  await dialog.getByRole('button', { name: 'Use them' }).click();
  await dialog.getByText('models.0.prices.0').waitFor();
  file.models[0].prices[0].standard.output.text = '2';
  await dialog.getByLabel('Price file').fill(JSON.stringify(file));
  await dialog.getByRole('button', { name: 'Use them' }).click();
  await page.getByText('The prices are in effect').waitFor();
  await prices.getByText('admin API').waitFor();
  await prices.getByText('contract').waitFor();
  const { models } = await gemkeeper.call('GET', 'api/v1/prices');
  assert.equal(models.find((one) => one.names.includes('gemini-2.5-pro')).overridden, true);
}));
