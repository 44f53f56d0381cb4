import { useQuery } from '@tanstack/react-query';
import type { LabView } from '../../../src/wire.ts';
import { get } from '../api.ts';

export const useLab = () => useQuery({ queryKey: ['lab'], queryFn: () => get<LabView>('/api/lab') });
