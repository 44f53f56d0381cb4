import { runNf } from '@twincore/sbi';
import { sepp } from './nf.ts';

await runNf(sepp);
