import { runNf } from '@twincore/sbi';
import { ipx } from './nf.ts';

await runNf(ipx);
