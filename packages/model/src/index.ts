export * from './subscriber.ts';
export * from './ts23003.ts';
export * from './ts29503.ts';
export * from './ts29505.ts';
export * from './ts29509.ts';
export * from './ts29510.ts';
export * from './ts29571.ts';
export * from './ts29573.ts';
