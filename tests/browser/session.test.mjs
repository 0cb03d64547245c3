import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from './fixture.mjs';
import { token } from './gemkeeper.mjs';

const { with: run } = fixture();

async function logIn(page, text = token) {
  await page.getByLabel('Admin token').fill(text);
  await page.getByRole('button', { name: 'Log in' }).click();
}

test('the admin token opens a session that no script can read, and logout ends it', run({ secured: true }, async (gemkeeper, open) => {
  const page = await open('#/keys');
  await logIn(page, 'wrong');
  await page.getByText('this is not the admin token').waitFor();
  assert.equal(await page.getByLabel('Admin token').inputValue(), '');
  await logIn(page);
  await page.getByRole('heading', { name: 'Keys', exact: true }).waitFor(); // where the link led
  const [cookie] = await page.context().cookies();
  assert.match(cookie.name, /^gemkeeper_session_\d+$/);
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, 'Strict');
  const seen = await page.evaluate(() =>
    JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, document.documentElement.outerHTML]));
  assert.ok(!seen.includes(token) && !seen.includes(cookie.value));
  await page.getByText('Live', { exact: true }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Keys', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Admin token').waitFor();
  const refused = await page.request.get(`${gemkeeper.url}api/v1/api-keys`, {
    headers: { Cookie: `${cookie.name}=${cookie.value}` },
  });
  assert.equal(refused.status(), 401);
  assert.ok(!gemkeeper.log().includes(token));
}));

test('a write by the cookie alone, without the page, is refused', run({ secured: true }, async (gemkeeper, open) => {
  const page = await open();
  await logIn(page);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const [{ name, value }] = await page.context().cookies();
  const write = (headers) => fetch(`${gemkeeper.url}api/v1/credits/reset`, { method: 'POST', headers: { Cookie: `${name}=${value}`, ...headers } });
  assert.equal((await write({})).status, 403);
  assert.equal((await write({ Origin: 'http://evil.example' })).status, 403);
  assert.equal((await write({ Origin: gemkeeper.url.slice(0, -1) })).status, 200);
}));

test('the page survives a restart, and asks for the token again', run({ secured: true }, async (gemkeeper, open) => {
  const page = await open('', { expected: /ERR_|net::/ });
  await logIn(page);
  await page.getByText('Live', { exact: true }).waitFor();
  await gemkeeper.halt();
  await page.getByText('Reconnecting').waitFor();
  await page.getByText('gemkeeper does not answer.').first().waitFor();
  await gemkeeper.resume();
  await page.getByText('Your session ended').waitFor({ timeout: 20_000 });
  await logIn(page);
  await page.getByText('Live', { exact: true }).waitFor();
}));
