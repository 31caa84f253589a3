export { mainCommand } from './cli';
export { BitbucketSource } from './source';
