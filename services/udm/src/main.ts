import { runNf } from '@twincore/sbi';
import { udm } from './nf.ts';

await runNf(udm);
