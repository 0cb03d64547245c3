import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from './fixture.mjs';

const { with: run } = fixture();
const rows = (page) => page.getByRole('table', { name: 'API keys' }).locator('.body').getByRole('row');

test('many keys are added at once, each with a result of its own', run({}, async (gemkeeper, open) => {
  const page = await open('#/keys');
  await page.getByText('There are no keys yet').waitFor();
  await page.getByRole('button', { name: 'Add keys' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('API keys').fill([
    'first = good-key-number-1', 'good-key-number-2', '# a remark', 'good-key-number-1', 'refused=bad-key-invalid',
    'two words', 'third, "good-key-number-3"',
  ].join('\n'));
  await dialog.getByRole('button', { name: 'Validate only' }).click();
  await dialog.getByText('6 of 6 done, 3 good, 3 not').waitFor();
  assert.equal((await gemkeeper.call('GET', 'api/v1/api-keys')).api_keys.length, 0);
  await dialog.getByLabel('Project').fill('team');
  await dialog.getByRole('button', { name: 'Add 6 keys' }).click();
  await dialog.getByText('6 of 6 done, 3 good, 3 not').waitFor();
  await dialog.getByText('The same key as in line 1.').waitFor();
  await dialog.getByText('API_KEY_INVALID').waitFor();
  await dialog.getByText('There is a space within the key').waitFor();
  // What was taken is gone from the form, what was not can be put right.
  const left = await dialog.getByLabel('API keys').inputValue();
  assert.ok(!left.includes('good-key-number-2') && left.includes('bad-key-invalid'));
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await rows(page).nth(2).waitFor();
  const { api_keys: all } = await gemkeeper.call('GET', 'api/v1/api-keys');
  assert.deepEqual(all.map((key) => key.project), ['team', 'team', 'team']);
  assert.ok(all.some((key) => key.name === 'first') && all.some((key) => key.name === 'third'));
  assert.ok(!(await page.content()).includes('good-key-number-1'));
}));

test('a key of Vertex AI is added as such, asked about there, and shown so', run({}, async (gemkeeper, open) => {
  const page = await open('#/keys');
  await page.getByRole('button', { name: 'Add keys' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('API keys').fill('express = good-vertex-key');
  await dialog.getByRole('button', { name: 'Validate only' }).click();
  await dialog.getByText('API_KEY_SERVICE_BLOCKED').waitFor();
  await dialog.getByLabel('Service').selectOption('vertex');
  await dialog.getByRole('button', { name: 'Add 1 key' }).click();
  await dialog.getByText('added as express').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('link', { name: 'express' }).click();
  await page.getByText('Vertex AI, express mode').waitFor();
  await page.getByRole('button', { name: 'Probe' }).click();
  await page.getByText('Google accepts this key').waitFor();
  const { api_keys: [key] } = await gemkeeper.call('GET', 'api/v1/api-keys');
  assert.equal(key.service, 'vertex');
}));

test('keys are searched, filtered and sorted, and the address keeps it', run({
  keys: ['good-key-number-1', 'good-key-number-2', 'bad-key-of-quota-minute', 'bad-key-invalid'],
}, async (gemkeeper, open) => {
  for (let i = 0; i < 6; ++i) await gemkeeper.generate();
  const page = await open('#/keys');
  await rows(page).nth(3).waitFor();
  await page.getByRole('combobox', { name: 'State' }).selectOption('quarantined');
  await page.getByText('1 of 4 keys', { exact: true }).waitFor();
  assert.match(await rows(page).first().innerText(), /Quarantined[^]*API_KEY_INVALID[^]*in \d+ s/);
  await page.reload();
  await page.getByText('1 of 4 keys', { exact: true }).waitFor();
  await page.getByRole('combobox', { name: 'State' }).selectOption('');
  await page.getByRole('searchbox').fill('per minute nothing');
  await page.getByText('No key matches').waitFor();
  await page.getByRole('searchbox').fill('');
  await page.getByRole('button', { name: 'Name' }).click();
  await page.getByRole('columnheader', { name: 'Name' }).and(page.locator('[aria-sort=ascending]')).waitFor();
  assert.match(await rows(page).first().innerText(), /^key-1/);
  await page.getByRole('button', { name: 'Name' }).click();
  await page.getByRole('columnheader', { name: 'Name' }).and(page.locator('[aria-sort=descending]')).waitFor();
  assert.match(await rows(page).first().innerText(), /^key-4/);
  // What a wide screen has room for.
  const wide = await open('#/keys', { viewport: { width: 1480, height: 700 } });
  await wide.getByRole('columnheader', { name: 'Age' }).waitFor();
  await rows(wide).first().getByRole('cell').last().getByText(/^\d+ (s|m)/).waitFor();
}));

test('a key is edited, limited, disabled, probed, lifted, rotated and deleted', run({}, async (gemkeeper, open) => {
  const { id } = await gemkeeper.call('POST', 'api/v1/api-keys/add', { api_key: 'good-key-number-1', name: 'team' });
  const read = () => gemkeeper.call('GET', `api/v1/api-keys/${id}`);
  const page = await open(`#/keys/${id}`);
  const press = (name) => page.getByRole('main').getByRole('button', { name, exact: true }).click();
  const dialog = page.getByRole('dialog');

  await press('Edit');
  await dialog.getByLabel('Weight').fill('0');
  await dialog.getByText('A whole number from 1 on.').waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Save' }).isDisabled(), true);
  await dialog.getByLabel('Weight').fill('7');
  await dialog.getByLabel('Project').fill('project-a');
  await dialog.getByRole('group', { name: 'Limits' }).getByLabel('Requests per minute').fill('30');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The key is changed').waitFor();
  const edited = await read();
  assert.equal(edited.weight, 7);
  assert.equal(edited.project, 'project-a');
  assert.equal(edited.limits.requests_per_minute, 30);

  await press('Disable');
  await page.getByText('Disabled', { exact: true }).waitFor();
  assert.equal((await read()).enabled, false);
  await press('Enable');
  await page.getByText('Healthy', { exact: true }).waitFor();
  await press('Probe');
  await page.getByText('Google accepts this key').waitFor();

  await press('Rotate');
  await dialog.getByLabel('New API key').fill('bad-key-invalid');
  await dialog.getByRole('button', { name: 'Rotate' }).click();
  await dialog.getByText('Google rejects this key').waitFor();
  await dialog.getByLabel('New API key').fill('bad-key-of-quota-minute');
  await dialog.getByLabel('Ask Google about it first').uncheck();
  await dialog.getByRole('button', { name: 'Rotate' }).click();
  await page.getByText('has a new secret').waitFor();
  assert.equal((await read()).name, 'team');

  await gemkeeper.generate();
  await page.getByText('Cooling', { exact: true }).waitFor();
  await press('Lift cool-downs');
  await page.getByText('are lifted').waitFor();
  await page.getByText('Healthy', { exact: true }).waitFor();

  await press('Delete');
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Delete');
  await press('Delete');
  await dialog.getByRole('button', { name: 'Delete key' }).click();
  await page.getByText('There are no keys yet').waitFor();
  assert.equal((await gemkeeper.call('GET', 'api/v1/api-keys')).api_keys.length, 0);
  await page.goto(`${gemkeeper.url}#/keys/${id}`);
  await page.getByText('There is no such key').waitFor();
}));

test('states change under the eyes of who looks', run({ keys: ['bad-key-of-quota-minute', 'good-key-number-1'] }, async (gemkeeper, open) => {
  const page = await open('#/keys');
  await page.getByText('Live', { exact: true }).waitFor();
  await rows(page).nth(1).waitFor();
  for (let i = 0; i < 3; ++i) await gemkeeper.generate();
  await rows(page).getByText('Cooling').waitFor({ timeout: 4_000 });
}));

test('ten thousand keys scroll in few elements and little time', run({
  keys: Array.from({ length: 10_000 }, (_one, n) => `k${n}`),
}, async (_gemkeeper, open) => {
  const page = await open('#/keys');
  await page.getByText('10,000 of 10,000 keys').waitFor({ timeout: 20_000 });
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable');
  const metrics = async () => Object.fromEntries((await client.send('Performance.getMetrics')).metrics.map((one) => [one.name, one.value]));
  const before = await metrics();
  const { frames, most } = await page.evaluate(async () => {
    const box = document.querySelector('.table .scroll');
    let most = 0;
    const frames = 90;
    for (let n = 0; n < frames; ++n) {
      box.scrollTop += 700;
      await new Promise(requestAnimationFrame);
      most = Math.max(most, box.querySelectorAll('[role=row]').length);
    }
    return { frames, most };
  });
  const after = await metrics();
  const work = ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'].reduce((sum, name) => sum + after[name] - before[name], 0);
  console.log(`# ${((1000 * work) / frames).toFixed(1)} ms of work for each of ${frames} frames, ${most} rows in the document`);
  assert.ok(most < 60);
  assert.ok(work / frames < 0.0166, `${((1000 * work) / frames).toFixed(1)} ms a frame`);
  await page.getByRole('searchbox').fill('key-777');
  await page.getByText('11 of 10,000 keys').waitFor();
}));
