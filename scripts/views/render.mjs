// Renders the part of Jinja in which those models of dbt/ are written that `sync` has, too: {{ ref('…') }}, {{ this }}, calls of the
// macros in dbt/macros/warehouse/ (DuckDB's variants first), and {% if … %} on an argument or is_incremental(). Whatever else stands
// between braces is an error, so that no model is ever rendered otherwise than dbt would.

const MACRO = /\{%-?\s*macro (\w+)\(([^)]*)\)\s*-?%\}([\s\S]*?)\{%-?\s*endmacro\s*-?%\}/g;
const TAG = /\{\{-?\s*([\s\S]*?)\s*-?\}\}|\{%-?\s*([\s\S]*?)\s*-?%\}|\{#[\s\S]*?#\}/g;

/** The macros of a file by name: their arguments, with defaults, and their bodies. */
export function parseMacros(text) {
  return [...text.matchAll(MACRO)].map(([, name, list, body]) => {
    const parameters = list
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean);
    return [name, { parameters: parameters.map((each) => each.split('=')[0]), body }];
  });
}

const CONFIG = /^\{\{ config\(([\s\S]*?)^\) \}\}\n/m;

/** A model's query without the lines that tell dbt how to store it, and of these lines the key and the hook of what is kept. */
export function parseModel(text) {
  const [, config = ''] = CONFIG.exec(text) ?? [];
  const key = /unique_key=\[([^\]]*)\]/
    .exec(config)?.[1]
    ?.split(',')
    .map((name) => name.trim().slice(1, -1));
  const hook = /post_hook="([^"]*)"/.exec(config)?.[1];
  return { query: text.replace(CONFIG, ''), key: key ?? null, hook: hook ?? '' };
}

/** Renders texts with these macros; `known` gives what functions such as `ref` answer, `relation` is what `this` stands for. */
export class Renderer {
  constructor(macros, known, { relation, isIncremental } = {}) {
    this.macros = new Map(macros);
    this.known = known;
    this.globals = { this: relation };
    this.isIncremental = isIncremental ?? false;
  }

  /** The text with everything between braces replaced. */
  render(text, variables = {}) {
    return this.branches(text, variables).replace(TAG, (whole, expression, statement) => {
      if (statement !== undefined) throw new Error(`cannot render ${whole}`);
      return expression === undefined ? '' : this.evaluate(expression, variables);
    });
  }

  /** Takes one branch of each {% if %}, innermost first. */
  branches(text, variables) {
    const innermost = /\{%-?\s*if ([^%]*?)\s*-?%\}((?:(?!\{%-?\s*(?:if|endif))[\s\S])*?)\{%-?\s*endif\s*-?%\}/;
    for (let found = innermost.exec(text); found !== null; found = innermost.exec(text)) {
      const [yes, no = ''] = found[2].split(/\{%-?\s*else\s*-?%\}/);
      text = text.replace(found[0], () => (this.evaluate(found[1], variables) ? yes : no));
    }
    return text;
  }

  /** The value of an expression: a literal, a variable, or a call whose arguments are expressions. */
  evaluate(source, variables) {
    const parser = new Parser(source);
    const value = this.value(parser.expression(), variables);
    parser.end();
    return value;
  }

  value(node, variables) {
    if (node.kind === 'literal') return node.value;
    if (node.kind === 'call') return this.call(node, variables);
    const value = variables[node.name] ?? this.globals[node.name];
    if (value === undefined) throw new Error(`${node.name} is not known`);
    return value;
  }

  call({ name, values, named }, variables) {
    if (name === 'is_incremental') return this.isIncremental;
    const given = values.map((each) => this.value(each, variables));
    if (name in this.known) return this.known[name](...given);
    if (Object.keys(named).length > 0) throw new Error(`${name} is called with named arguments`);
    const macro = [`duckdb__${name}`, `default__${name}`, name].map((each) => this.macros.get(each)).find(Boolean);
    if (macro === undefined) throw new Error(`there is no macro ${name}`);
    return this.render(
      macro.body,
      Object.fromEntries(macro.parameters.map((parameter, index) => [parameter, given[index] ?? ''])),
    );
  }
}

const TOKEN = /\s*(?:"([^"]*)"|'([^']*)'|(\d+)|(\w+)|([(),=[\]]))/y;

/** Reads one expression: names, numbers, strings, lists and calls. */
class Parser {
  constructor(source) {
    this.source = source;
    this.tokens = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < source.trimEnd().length) {
      const found = TOKEN.exec(source);
      if (found === null) throw new Error(`cannot read the expression ${source}`);
      const [, double, single, number, name, sign] = found;
      this.tokens.push(
        sign === undefined ? (name === undefined ? { literal: double ?? single ?? Number(number) } : { name }) : { sign },
      );
    }
  }

  expression() {
    const token = this.tokens.shift();
    if (token?.literal !== undefined) return { kind: 'literal', value: token.literal };
    if (token?.sign === '[') return { kind: 'literal', value: this.list(']').values };
    if (token?.name === undefined) throw new Error(`cannot read the expression ${this.source}`);
    if (this.tokens[0]?.sign !== '(') return { kind: 'variable', name: token.name };
    this.tokens.shift();
    return { kind: 'call', name: token.name, ...this.list(')') };
  }

  list(close) {
    const [values, named] = [[], {}];
    while (this.tokens[0] !== undefined && this.tokens[0].sign !== close) {
      if (this.tokens[0].name !== undefined && this.tokens[1]?.sign === '=') {
        const { name } = this.tokens.shift();
        this.tokens.shift();
        named[name] = this.expression();
      } else values.push(this.expression());
      if (this.tokens[0]?.sign === ',') this.tokens.shift();
    }
    if (this.tokens.shift()?.sign !== close) throw new Error(`${close} is missing in ${this.source}`);
    return { values, named };
  }

  end() {
    if (this.tokens.length > 0) throw new Error(`cannot read the end of the expression ${this.source}`);
  }
}
