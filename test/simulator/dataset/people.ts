import type { History } from '../history';
import type { Random } from '../random';

const FIRST = [
  'Ada',
  'Grace',
  'Linus',
  'Margaret',
  'Dennis',
  'Barbara',
  'Ken',
  'Radia',
  'Edsger',
  'Frances',
  'Donald',
  'Hedy',
  'Alan',
  'Joan',
  'Niklaus',
  'Sophie',
] as const;
const LAST = [
  'Lovelace',
  'Hopper',
  'Torvalds',
  'Hamilton',
  'Ritchie',
  'Liskov',
  'Thompson',
  'Perlman',
  'Dijkstra',
  'Allen',
  'Knuth',
  'Lamarr',
  'Turing',
  'Clarke',
  'Wirth',
  'Wilson',
] as const;

/** The people of every data set, among them one whose slug is not the name, one without e-mail, and one who left. */
export const people = (history: History, dice: Random, count: number): void => {
  history.createUser({ name: 'jane', displayName: 'Jane Citizen' });
  history.createUser({ name: "Bob.O'Neil", displayName: 'Bob O’Neil' });
  history.createUser({ name: 'carol', displayName: 'Carol Nobody', emailAddress: null });
  history.createUser({ name: 'dave', displayName: 'Dave Gone' });
  for (let index = 0; index < count - 4; index += 1) {
    const first = FIRST[index % FIRST.length]!;
    const last = LAST[(index * 5 + dice.integer(0, 15)) % LAST.length]!;
    history.createUser({ name: `${first.toLowerCase()}${index}`, displayName: `${first} ${last}` });
  }
  history.deactivateUser('dave');
};
