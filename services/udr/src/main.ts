import { runNf } from '@twincore/sbi';
import { udr } from './nf.ts';

await runNf(udr);
