import { runNf } from '@twincore/sbi';
import { nrf } from './nf.ts';

await runNf(nrf);
