/** A short run of `npm run fuzz`: every operation of every NF, asked rightly and wrongly. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fuzz, isClean } from './fuzz/fuzz.ts';
import { renderFuzz } from './fuzz/report.ts';
import { SPECS, startTestLab, type TestLab, WITHOUT_SPECS } from './support/lab.ts';

const REQUESTS = 2_000;
/** The same in every run, so that a failure is one of the code. `npm run fuzz` draws another one each time. */
const SEED = 'ci';

describe('generated requests', { skip: WITHOUT_SPECS }, () => {
  let lab: TestLab;
  before(async () => {
    lab = await startTestLab();
  });
  after(() => lab.end());

  test(`${REQUESTS} of them get right answers, and the lab is well afterwards`, async () => {
    const report = await fuzz(lab, { specs: SPECS, requests: REQUESTS, seed: SEED });
    assert.ok(isClean(report), `\n${renderFuzz(report).join('\n')}`);
    assert.ok(report.sent > REQUESTS * 0.9, `only ${report.sent} were sent`);
    const served = report.rows.filter(({ statuses }) => ['200', '201', '204'].some((status) => statuses.has(status)));
    for (const nf of ['nrf', 'udr', 'udm', 'ausf', 'amf', 'sepp, N32-c', 'sepp, to N32', 'sepp, from N32']) {
      assert.ok(
        served.some((row) => row.nf === nf),
        `nothing got past the checks of ${nf}: this tests little`,
      );
    }
  });
});
