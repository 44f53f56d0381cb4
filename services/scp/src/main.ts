import { runNf } from '@twincore/sbi';
import { scp } from './nf.ts';

await runNf(scp);
