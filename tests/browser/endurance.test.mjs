// The page of a wall screen: left open for days.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from './fixture.mjs';

const { with: run } = fixture();

// The page's clock is run on, so that every timer fires; what it asks for is answered in between.
async function pass(page, minutes) {
  for (let n = 0; n < minutes; ++n) {
    await page.clock.fastForward(60_000);
    await page.evaluate(async () => void (await (await fetch('livez')).text()));
  }
}

async function held(client) {
  for (let n = 0; n < 3; ++n) await client.send('HeapProfiler.collectGarbage');
  const { usedSize } = await client.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await client.send('Memory.getDOMCounters');
  return { heap: usedSize, nodes, listeners: jsEventListeners };
}

for (const view of ['overview', 'keys', 'usage?range=1h']) {
  test(`${view.split('?')[0]}, left open, leaks nothing`, run({ keys: ['good-key-number-1', 'bad-key-invalid'] }, async (gemkeeper, open) => {
    for (let n = 0; n < 5; ++n) await gemkeeper.generate();
    const page = await open('livez');
    await page.clock.install();
    await page.goto(`${gemkeeper.url}#/${view}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    const client = await page.context().newCDPSession(page);
    await client.send('HeapProfiler.enable');
    await pass(page, 160); // what is bounded (a history of 150 samples) is full then
    const before = await held(client);
    await pass(page, 160);
    const after = await held(client);
    console.log(`# 160 minutes more: heap ${before.heap} -> ${after.heap}, nodes ${before.nodes} -> ${after.nodes}, listeners ${before.listeners} -> ${after.listeners}`);
    assert.ok(after.heap - before.heap < 400_000, `${after.heap - before.heap} bytes more`);
    assert.ok(after.nodes - before.nodes < 100, `${after.nodes - before.nodes} nodes more`);
    assert.ok(after.listeners - before.listeners < 20, `${after.listeners - before.listeners} listeners more`);
  }));
}
