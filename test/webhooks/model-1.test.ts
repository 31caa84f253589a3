import { testHistories } from './model-histories';

testHistories(0);
