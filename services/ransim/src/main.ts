import { runNf } from '@twincore/sbi';
import { ransim } from './nf.ts';

await runNf(ransim);
