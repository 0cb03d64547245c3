import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findings } from './browser.mjs';
import { fixture } from './fixture.mjs';

const { with: run } = fixture();

test('a client is made, limited, told apart, given another token and removed', run({
  keys: ['good-key-number-1'], settings: { 'clients.required': 'true' },
}, async (gemkeeper, open) => {
  const page = await open('#/clients');
  await page.getByText('There are no clients yet').waitFor();
  await page.getByRole('button', { name: 'Add a client' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('billing');
  await dialog.getByRole('button', { name: 'Make its token' }).click();
  await dialog.getByRole('heading', { name: 'The token of billing' }).waitFor();
  const token = await dialog.getByLabel('Token').innerText();
  assert.deepEqual(await findings(page), []);
  await dialog.getByRole('button', { name: 'Done' }).click();
  const table = page.getByRole('region', { name: 'Clients' });
  const row = table.getByRole('row', { name: 'billing' });
  await row.getByText('Active').waitFor();
  assert.ok(!(await page.content()).includes(token)); // shown once

  assert.equal((await gemkeeper.generate()).status, 401);
  assert.equal((await gemkeeper.generate('gemini-3.6-flash', { 'x-goog-api-key': token })).status, 200);

  // What was used before it is limited counts too; it is in the ledger within a second.
  for (let n = 0; n < 50 && (await gemkeeper.call('GET', 'api/v1/usage?step=minute&group_by=client')).usage.length === 0; ++n) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await page.goto(`${gemkeeper.url}#/usage?range=1h&by=client`);
  await page.getByRole('list', { name: 'Lines of the chart' }).getByText('billing').waitFor(); // by its name, not its id
  await page.goto(`${gemkeeper.url}#/clients`);
  await row.getByRole('button', { name: 'Edit billing' }).click();
  await dialog.getByLabel('US dollars per day').fill('ten');
  await dialog.getByText('An amount such as 12.50').waitFor();
  await dialog.getByLabel('US dollars per day').fill('2.5');
  await dialog.getByLabel('Requests per day').fill('2');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row.getByRole('img', { name: 'Requests per day: 1 of 2' }).waitFor();
  assert.equal((await gemkeeper.generate('gemini-3.6-flash', { 'x-goog-api-key': token })).status, 200);
  const over = await gemkeeper.generate('gemini-3.6-flash', { 'x-goog-api-key': token });
  assert.equal(over.status, 429);
  await row.getByText('Exhausted').waitFor();
  assert.deepEqual(await findings(page), []);

  await row.getByRole('button', { name: 'New token' }).click();
  await dialog.getByRole('button', { name: 'Make a new token' }).click();
  await dialog.getByRole('heading', { name: 'The token of billing' }).waitFor();
  const second = await dialog.getByLabel('Token').innerText();
  assert.notEqual(second, token);
  await dialog.getByRole('button', { name: 'Done' }).click();
  assert.equal((await gemkeeper.generate('gemini-3.6-flash', { 'x-goog-api-key': token })).status, 401);

  await row.getByRole('button', { name: 'Disable' }).click();
  await row.getByText('Disabled').waitFor();
  assert.equal((await gemkeeper.generate('gemini-3.6-flash', { 'x-goog-api-key': second })).status, 401);
  await row.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('There are no clients yet').waitFor();
  assert.equal((await gemkeeper.call('GET', 'api/v1/clients')).clients.length, 0);
}));

test('limits and quota of keys and projects are set, and their bars follow', run({ keys: [] }, async (gemkeeper, open) => {
  const { id } = await gemkeeper.call('POST', 'api/v1/api-keys/add', { api_key: 'good-key-number-1', name: 'team', project: 'project-a' });
  const page = await open('#/alerts');
  await page.getByText('Nothing is limited').waitFor();
  const projects = page.getByRole('region', { name: 'Projects' }).last();
  await projects.getByRole('button', { name: 'Limit project-a' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Tokens per month').fill('1000000');
  await dialog.getByRole('group', { name: 'Google’s quota' }).getByLabel('Requests per minute').fill('3');
  assert.deepEqual(await findings(page), []);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The project is changed').waitFor();
  const [project] = (await gemkeeper.call('GET', 'api/v1/projects')).projects;
  assert.equal(project.limits.tokens_per_month, 1_000_000);
  assert.equal(project.quota.requests_per_minute, 3);

  await gemkeeper.call('PATCH', `api/v1/api-keys/${id}`, { limits: { requests_per_day: 4 } });
  await gemkeeper.generate();
  await gemkeeper.generate();
  const limits = page.getByRole('region', { name: 'Limits' }).last();
  await limits.getByRole('row', { name: 'team' }).getByRole('img', { name: 'Requests per day of team: 2 of 4' }).waitFor({ timeout: 15_000 });
  await projects.getByRole('img', { name: 'gemini-3.6-flash: Requests per minute: 2 of 3' }).waitFor({ timeout: 20_000 });

  await page.goto(`${gemkeeper.url}#/keys`);
  const bars = page.getByRole('table', { name: 'API keys' }).locator('.body').getByRole('row').first();
  await bars.getByRole('img', { name: 'Requests per day: 2 of 4' }).waitFor();
  await page.goto(`${gemkeeper.url}#/keys/${id}`);
  await page.getByRole('region', { name: 'Limits and quota' }).getByText('2 of 4').waitFor();
  await gemkeeper.generate();
  await gemkeeper.generate(); // past the quota: the project rests for this model
  await gemkeeper.generate('gemini-2.5-pro');
  await page.getByText('A limit is used up.').waitFor();
  await page.getByText('Exhausted', { exact: true }).waitFor();
}));
