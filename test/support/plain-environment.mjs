import { TestEnvironment } from 'jest-environment-node';
import vm from 'node:vm';

/**
 * Jest's environment for Node, with a plain global object. In jest's own every look at a global (`Math`, `Map`, `Promise`) is a call of a proxy,
 * which no compiler takes away: what counts in a loop is several times slower (github.com/nodejs/node/issues/31658). Jest has no option for it.
 */
export default class PlainEnvironment extends TestEnvironment {
  constructor(...given) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...given);
    } finally {
      vm.createContext = createContext;
    }
  }
}
