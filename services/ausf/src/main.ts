import { runNf } from '@twincore/sbi';
import { ausf } from './nf.ts';

await runNf(ausf);
