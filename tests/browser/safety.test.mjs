import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from './fixture.mjs';

const { with: run } = fixture();
const attack = '<img src=x onerror=window.pwned=1>';

test('markup in names of keys, clients, projects and models is shown as text', run({}, async (gemkeeper, open) => {
  await gemkeeper.call('POST', 'api/v1/api-keys/add', { api_key: 'good-key-number-1', name: attack, project: `"'${attack}` });
  const { id } = await gemkeeper.call('POST', 'api/v1/api-keys/add', { api_key: 'bad-key-of-quota-day', name: "javascript:alert(1)//' onclick='" });
  await fetch(`${gemkeeper.proxy}/v1beta/openai/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: attack, messages: [{ role: 'user', content: attack }] }),
  });
  await gemkeeper.generate(encodeURIComponent('<script>window.pwned=1</script>'));
  const { token } = await gemkeeper.call('POST', 'api/v1/clients', { name: attack });
  await gemkeeper.generate('gemini-3.6-flash', { 'x-goog-api-key': token });
  const { requests } = await gemkeeper.call('GET', 'api/v1/requests');
  const page = await open();
  for (const place of ['overview', 'keys', `keys/${id}`, 'requests', ...requests.map((one) => `requests/${one.request_id}`), 'usage', 'usage?by=client', 'usage?by=project', 'clients', 'alerts', 'prices', 'audit', 'settings', 'connect', `keys/${attack}`, `keys?q=${attack}&project=${attack}`, attack]) {
    await page.goto(`${gemkeeper.url}#/${encodeURI(place)}`);
    await page.getByText('Loading…').first().waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    const foreign = await page.evaluate(() =>
      [...document.querySelectorAll('#app img:not([src="./icon.svg"]), #app script, #app [onclick], #app [onerror]')].map((one) => one.outerHTML));
    assert.deepEqual(foreign, [], place);
    assert.equal(await page.evaluate(() => window.pwned), undefined, place);
  }
  await page.goto(`${gemkeeper.url}#/keys`);
  await page.getByRole('link', { name: attack }).waitFor();
  await page.goto(`${gemkeeper.url}#/clients`);
  await page.getByRole('cell').getByText(attack, { exact: true }).first().waitFor();
}));

test('the policy lets nothing in that is not the page’s own', run({}, async (gemkeeper, open) => {
  const page = await open('', { expected: /Content Security Policy|Trusted|TrustedHTML/ });
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const refused = await page.evaluate(async () => {
    const broken = [];
    document.addEventListener('securitypolicyviolation', (event) => broken.push(event.effectiveDirective));
    const script = document.createElement('script');
    try {
      script.textContent = 'window.pwned = 1';
      document.body.append(script);
    } catch {
      broken.push('trusted types');
    }
    try {
      document.createElement('div').innerHTML = '<b>x</b>';
    } catch {
      broken.push('no markup from text');
    }
    document.body.setAttribute('style', 'color: red');
    await fetch('http://127.0.0.1:9/').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { broken, pwned: window.pwned };
  });
  assert.equal(refused.pwned, undefined);
  assert.ok(refused.broken.includes('no markup from text'), refused.broken.join());
  assert.ok(refused.broken.some((one) => one.startsWith('style-src')), refused.broken.join());
  assert.ok(refused.broken.includes('connect-src'), refused.broken.join());
  const head = await fetch(gemkeeper.url);
  assert.match(head.headers.get('content-security-policy'), /default-src 'none'/);
  assert.equal(head.headers.get('x-content-type-options'), 'nosniff');
}));

test('the page connects again when gemkeeper comes back, and shows what is new', run({ keys: ['good-key-number-1'] }, async (gemkeeper, open) => {
  const page = await open('#/keys', { expected: /ERR_|net::/ });
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByText('1 of 1 keys').waitFor();
  await gemkeeper.halt();
  await page.getByText('Reconnecting').waitFor();
  await page.getByRole('link', { name: 'key-1' }).waitFor(); // what was known is still shown
  await gemkeeper.resume();
  await page.getByText('Live', { exact: true }).waitFor({ timeout: 20_000 });
  await gemkeeper.call('POST', 'api/v1/api-keys/add', { api_key: 'good-key-number-2', name: 'later' });
  await page.getByRole('link', { name: 'later' }).waitFor();
  await page.getByText('gemkeeper does not answer.').first().waitFor({ state: 'detached' });
}));

test('a page left open holds no more after many updates', run({ keys: ['good-key-number-1', 'bad-key-of-quota-minute'] }, async (gemkeeper, open) => {
  const page = await open();
  const client = await page.context().newCDPSession(page);
  await page.getByText('Live', { exact: true }).waitFor();
  const used = async () => {
    await client.send('HeapProfiler.collectGarbage');
    const { nodes, jsEventListeners } = await client.send('Memory.getDOMCounters');
    const { usedSize } = await client.send('Runtime.getHeapUsage');
    return { nodes, jsEventListeners, usedSize };
  };
  const wander = async () => {
    for (const place of ['keys', 'requests', 'usage', 'settings', 'overview']) {
      await page.goto(`${gemkeeper.url}#/${place}`);
      await page.getByText('Loading…').first().waitFor({ state: 'detached' });
      await gemkeeper.generate();
    }
  };
  await wander();
  await wander();
  const before = await used();
  for (let n = 0; n < 8; ++n) await wander();
  const after = await used();
  console.log(`# before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.ok(after.nodes < before.nodes * 1.3 + 300, `${before.nodes} to ${after.nodes} nodes`);
  assert.ok(after.jsEventListeners < before.jsEventListeners * 1.3 + 50);
  assert.ok(after.usedSize < before.usedSize * 1.3 + 1_000_000);
}));
