export * from './ts23003.ts';
export * from './ts29510.ts';
export * from './ts29571.ts';
