// What a script sees of an instance, as scripts in Camunda do: variables, `execution`, `task`,
// Spin's `S` and `JSON`. Given: one text of JSON, what makes Spin's nodes and what follows a path in JSON. Left behind: a function
// that tells, as JSON, what the script came to and what it wants changed.
(function (given, spun, path) {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty, defineProperties, create, keys } = Object;
  const isArray = Array.isArray;
  const input = parse(given);
  const writes = [];

  // What loops inside QuickJS is not stopped there: it is counted here, refused where it would be
  // long, or written in JavaScript, whose loops are stopped.
  const longest = 1e6;
  const most = 5e7;
  let spent = 0;
  function spend(amount) {
    spent += amount;
    if (!(spent <= most)) throw new RangeError('the script works on more than a script may');
  }
  const quick = ['push', 'pop', 'at', 'keys', 'values', 'entries', 'Symbol(Symbol.iterator)'];
  function counted(size, name) {
    if (!(size <= longest)) throw new RangeError('a list of more than ' + longest + ' elements is too long for ' + name);
    let work = size;
    for (let i = 0; i < quick.length; i++) if (quick[i] === name) work = 0;
    spend(work + 1);
  }
  function copied(of, name) {
    if (of === null || of === undefined) throw new TypeError(name + ' needs a list');
    const size = Math.trunc(Number(of.length)) || 0;
    counted(size, name);
    const copy = [];
    for (let i = 0; i < size; i++) copy[i] = of[i];
    return copy;
  }
  const { apply, ownKeys } = Reflect;
  const listPrototype = Array.prototype;
  for (const name of ownKeys(listPrototype)) {
    const original = listPrototype[name];
    if (typeof original !== 'function' || name === 'constructor') continue;
    const called = String(name);
    hide(listPrototype, name, function (...args) {
      if (!isArray(this)) return apply(original, copied(this, called), args);
      counted(this.length, called);
      return apply(original, this, args);
    });
  }
  const flatten = (from, depth, into) => {
    counted(from.length, 'flat');
    for (let i = 0; i < from.length; i++) {
      if (!(i in from)) continue;
      if (isArray(from[i]) && depth > 0) flatten(from[i], depth - 1, into);
      else into[into.length] = from[i];
    }
    return into;
  };
  hide(listPrototype, 'concat', function (...others) {
    const all = copied(this, 'concat');
    for (const other of others) {
      if (!isArray(other)) { all[all.length] = other; continue; }
      counted(other.length, 'concat');
      for (let i = 0; i < other.length; i++) all[all.length] = other[i];
    }
    return all;
  });
  hide(listPrototype, 'flat', function (depth = 1) { return flatten(copied(this, 'flat'), Number(depth) || 0, []); });
  hide(listPrototype, 'flatMap', function (each, as) { return flatten(this.map(each, as), 1, []); });
  const among = names => { const set = create(null); for (const name of names) set[name] = true; return set; };
  const searching = among(['indexOf', 'lastIndexOf', 'includes', 'split', 'replace', 'replaceAll']);
  const lettered = among(['toUpperCase', 'toLowerCase', 'toLocaleUpperCase', 'toLocaleLowerCase', 'normalize']);
  for (const name of ownKeys(String.prototype)) {
    const original = String.prototype[name];
    if (typeof original !== 'function' || name === 'constructor') continue;
    const searches = searching[name] === true;
    // What looks up each letter is no copying of memory.
    const dear = lettered[name] === true;
    const plain = name === 'toString' || name === 'valueOf';
    hide(String.prototype, name, function (...args) {
      if (plain) return apply(original, this, args);
      const on = String(this);
      spend(on.length / (dear ? 2 : 16) + 1);
      if (searches && args.length && args[0] !== undefined && !(args[0] instanceof RegExp)) {
        args[0] = String(args[0]);
        // Searched the plain way: so many comparisons it may take.
        spend(on.length * Math.min(args[0].length, on.length) / 1024);
      }
      return apply(original, on, args);
    });
  }
  const Maps = Map;
  for (const [name, Native, add] of [['Map', Map, (to, one) => to.set(one[0], one[1])], ['Set', Set, (to, one) => to.add(one)]]) {
    const made = function (items) {
      if (!new.target) throw new TypeError(name + ' must be called with new');
      const to = Reflect.construct(Native, [], new.target);
      if (items !== null && items !== undefined) for (const one of items) add(to, one);
      return to;
    };
    made.prototype = Native.prototype;
    hide(Native.prototype, 'constructor', made);
    hide(globalThis, name, made);
  }
  Object.fromEntries = entries => {
    const made = {};
    for (const [name, value] of entries) made[name] = value;
    return made;
  };
  const iterators = Object.getPrototypeOf(Object.getPrototypeOf([].values()));
  for (const name of ownKeys(iterators)) if (name !== Symbol.iterator) delete iterators[name];
  const Promises = (async () => {})().constructor;
  for (const name of ownKeys(Promises)) if (typeof Promises[name] === 'function') delete Promises[name];
  delete Object.groupBy;
  delete Array.fromAsync;
  for (const name of ['WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry', 'Iterator', 'Promise']) delete globalThis[name];
  const Watched = Proxy;
  delete globalThis.Proxy;

  // The clock stands still while a command runs, and chance is the same each time.
  const Clock = Date;
  globalThis.Date = new Watched(Clock, {
    construct: (of, args, target) => Reflect.construct(of, args.length ? args : [input.now], target),
    apply: () => new Clock(input.now).toString(),
    get: (of, name) => name === 'now' ? () => input.now : Reflect.get(of, name),
  });
  Clock.prototype.constructor = globalThis.Date;
  let seed = input.seed >>> 0 || 1;
  Math.random = () => {
    seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5;
    return (seed >>> 0) / 4294967296;
  };

  function hide(on, name, value) {
    defineProperty(on, name, { value, writable: true, configurable: true, enumerable: false });
  }

  // What is kept as it is: bytes, files, objects of Java, secrets.
  class Opaque {
    #index;
    constructor(index, type) { this.#index = index; hide(this, 'type', type); }
    static index(of) { return of.#index; }
    toString() { return '[' + this.type + ']'; }
  }

  // Java's names for what lists, maps and texts can do.
  const more = {
    get(at) { if (!(at in this)) throw new RangeError('Index: ' + at + ', Size: ' + this.length); return this[at]; },
    size() { return this.length; },
    isEmpty() { return this.length === 0; },
    contains(value) { return this.includes(value); },
    add(...args) { if (args.length > 1) this.splice(args[0], 0, args[1]); else this.push(args[0]); return true; },
    addAll(others) { for (const one of others) this.push(one); return true; },
    set(at, value) { const old = this[at]; this[at] = value; return old; },
    remove(at) { return this.splice(at, 1)[0]; },
    clear() { this.length = 0; },
  };
  for (const name of keys(more)) hide(listPrototype, name, more[name]);
  const map = create(Object.prototype);
  const own = (of, name) => Object.prototype.hasOwnProperty.call(of, name);
  const ofMap = {
    get(name) { return own(this, name) ? this[name] : null; },
    getOrDefault(name, other) { return own(this, name) ? this[name] : other; },
    put(name, value) { const old = own(this, name) ? this[name] : null; this[name] = value; return old; },
    putAll(other) { for (const name of keys(other)) this[name] = other[name]; },
    containsKey(name) { return own(this, name); },
    containsValue(value) { return Object.values(this).includes(value); },
    keySet() { return keys(this); },
    values() { return Object.values(this); },
    entrySet() { return keys(this).map(key => ({ key, value: this[key], getKey: () => key, getValue: () => this[key] })); },
    size() { return keys(this).length; },
    isEmpty() { return keys(this).length === 0; },
    remove(name) { const old = own(this, name) ? this[name] : null; delete this[name]; return old; },
  };
  for (const name of keys(ofMap)) hide(map, name, ofMap[name]);
  const ofText = {
    equals(other) { return other != null && String(this) === String(other); },
    equalsIgnoreCase(other) { return other != null && this.toLowerCase() === String(other).toLowerCase(); },
    isEmpty() { return this.length === 0; },
    contains(part) { return this.includes(part); },
    compareTo(other) { return this < other ? -1 : this > other ? 1 : 0; },
    toCharArray() { return [...this]; },
  };
  for (const name of keys(ofText)) hide(String.prototype, name, ofText[name]);
  const ofNumber = {
    intValue() { return Math.trunc(this); },
    longValue() { return Math.trunc(this); },
    doubleValue() { return Number(this); },
    equals(other) { return Number(this) === other; },
  };
  for (const name of keys(ofNumber)) hide(Number.prototype, name, ofNumber[name]);
  hide(Boolean.prototype, 'booleanValue', function () { return this.valueOf(); });

  // Spin's JSON nodes are made only where there are any: reading what makes them takes long.
  const evaluate = eval;
  let spins;
  const followed = (json, text) => {
    spend(json.length);
    const found = path(json, text);
    // It took more than a script may: nothing catches that QuickJS stops it here.
    while (found === undefined);
    return found;
  };
  const nodes = () => spins ??= evaluate(spun)({ parse, stringify, keys, own, isArray, path: followed });
  const spin = value => nodes().spin(value);
  globalThis.S = value => spin(value);
  globalThis.JSON = Object.assign(value => spin(value), {
    parse: (text, revive) => { text = String(text); spend(text.length / 16); return parse(text, revive); },
    stringify: (...args) => { const text = stringify(...args); spend((text ?? '').length / 16); return text; },
  });

  // The raw result of a decision: a list of what its rules gave, by output.
  const ofResults = {
    firstResult: all => all.length ? all[0] : null,
    singleResult: all => {
      if (all.length > 1) throw new Error('Unable to get single result: ' + all.length + ' rules gave one');
      return all.length ? all[0] : null;
    },
    singleEntry: all => {
      const only = ofResults.singleResult(all);
      return only === null ? null : ofResult.singleEntry(only);
    },
    resultList: all => all.map(result => result),
  };
  const ofResult = {
    firstEntry: of => { const names = keys(of); return names.length ? of[names[0]] : null; },
    singleEntry: of => {
      const count = keys(of).length;
      if (count > 1) throw new Error('Unable to get single entry: the result has ' + count + ' outputs');
      return ofResult.firstEntry(of);
    },
    entryMap: of => of,
  };
  // As a method, and as a property where no output is called so.
  function understand(made, all) {
    for (const name of keys(all)) {
      const get = () => all[name](made);
      hide(made, getter(name), get);
      if (!own(made, name)) defineProperty(made, name, { get, configurable: true, enumerable: false });
    }
    return made;
  }
  function results(all) {
    for (const result of all) {
      understand(result, ofResult);
      hide(result, 'getEntry', name => result.get(name));
    }
    hide(all, 'collectEntries', name => all.filter(result => result.containsKey(name)).map(result => result.get(name)));
    return understand(all, ofResults);
  }
  const raw = 'decisionResult';

  // Whole numbers that a number does not hold, by the number that a script has for them: handed on
  // they are what they were.
  const longs = new Map();
  function long(text) {
    const near = Number(text);
    if (!Number.isSafeInteger(near)) longs.set(near, longs.has(near) && longs.get(near) !== text ? null : text);
    return near;
  }
  function whole(number) {
    if (Number.isSafeInteger(number)) return ['Long', String(number)];
    if (!longs.has(number)) return ['Double', number];
    const text = longs.get(number);
    if (text === null) throw new RangeError('two numbers beyond 2^53 are one here; hand them on as texts');
    return ['Long', text];
  }

  // Values by their type, in and out.
  function take([type, of]) {
    switch (type) {
      case 'Null': return null;
      case 'Date': return new Clock(of);
      case 'Long': return long(of);
      case 'Double': return typeof of === 'string' ? Number(of) : of;
      case 'Json': return nodes().of(of);
      case 'List': return of.map(take);
      case raw: return results(of.map(take));
      case 'Map': { const made = create(map); for (const [name, value] of of) defineProperty(made, name, { value: take(value), writable: true, configurable: true, enumerable: true }); return made; }
      case 'Opaque': return new Opaque(of, input.opaque[of]);
      default: return of;
    }
  }
  function give(value, depth) {
    if (depth > 50) throw new RangeError('the value is nested too deep, or contains itself');
    if (value === null || value === undefined) return ['Null'];
    if (value instanceof Opaque) return ['Opaque', Opaque.index(value)];
    if (spins?.is(value)) return ['Json', value.unwrap()];
    if (value instanceof Clock) return ['Date', value.getTime()];
    switch (typeof value) {
      case 'boolean': return ['Boolean', value];
      case 'string': return ['String', value];
      case 'bigint': return ['Long', String(value)];
      case 'number':
        if (!Number.isInteger(value) || Object.is(value, -0)) return ['Double', Number.isFinite(value) ? value : String(value)];
        if (value >= -2147483648 && value <= 2147483647) return ['Integer', value];
        return whole(value);
      case 'object':
        if (value instanceof String || value instanceof Number || value instanceof Boolean) return give(value.valueOf(), depth);
        if (isArray(value)) return ['List', value.map(one => give(one, depth + 1))];
        return ['Map', keys(value).map(name => [name, give(value[name], depth + 1)])];
      default: throw new TypeError('a ' + typeof value + ' can not be kept in a variable');
    }
  }

  // `execution` and `task`. An entry is made into a value when first asked for, then stays it.
  const views = [];
  const scopes = create(null);
  const viewOf = create(null);
  // From the outermost inwards; what called the process instance is seen from none of them.
  const within = { processInstance: 0, execution: 1, task: 2 };
  const entries = of => new Maps(of.map(([key, value]) => [key, [key === raw && value[0] === 'List' ? [raw, value[1]] : value]]));
  function read(entry) {
    if (entry === undefined) return null;
    if (entry.length === 1) entry.push(take(entry[0]));
    return entry[1];
  }
  function builtin(name) {
    const of = input.objects[name];
    if (!of) return undefined;
    const properties = entries(of.properties);
    // The same scope may be seen as several of them.
    const id = stringify(of.properties.find(([key]) => key === 'id'));
    const view = scopes[id] ??= { all: entries(of.all), local: entries(of.local) };
    const { all, local } = view;
    if (!views.includes(view)) { view.at = within[name] ?? -1; views.push(view); }
    else if (name in within) view.at = Math.min(view.at, within[name]);
    viewOf[name] = view;
    // Those that see what is set here, as far as nothing nearer has the name.
    const seeing = key => views.filter(other => other !== view && other.at > view.at && view.at >= 0 && !other.local.has(key));
    const around = key => views.filter(other => (other.at < 0) === (view.at < 0) && !other.local.has(key));
    const made = value => [null, value];
    const put = (key, value, here) => {
      key = String(key);
      const own = here || view.at === 0 || local.has(key);
      writes.push(['set', name, key, give(value, 0), own]);
      if (own) { local.set(key, made(value)); all.set(key, made(value)); }
      for (const other of own ? seeing(key) : around(key)) other.all.set(key, made(value));
    };
    const drop = (key, here) => {
      key = String(key);
      writes.push(['remove', name, key, here]);
      local.delete(key);
      for (const other of around(key)) other.all.delete(key);
    };
    const maps = of => { const made = create(map); for (const [key, entry] of of) made[key] = read(entry); return made; };
    const methods = {
      getVariable: key => read(all.get(String(key))),
      getVariableLocal: key => read(local.get(String(key))),
      getVariables: () => maps(all),
      getVariablesLocal: () => maps(local),
      getVariableNames: () => [...all.keys()],
      getVariableNamesLocal: () => [...local.keys()],
      hasVariable: key => all.has(String(key)),
      hasVariableLocal: key => local.has(String(key)),
      hasVariables: () => all.size > 0,
      hasVariablesLocal: () => local.size > 0,
      setVariable: (key, value) => put(key, value, false),
      setVariableLocal: (key, value) => put(key, value, true),
      setVariables: values => { for (const key of keys(values)) put(key, values[key], false); },
      setVariablesLocal: values => { for (const key of keys(values)) put(key, values[key], true); },
      removeVariable: key => drop(key, false),
      removeVariableLocal: key => drop(key, true),
      removeVariables: names => { for (const key of names ?? [...all.keys()]) drop(key, false); },
      removeVariablesLocal: names => { for (const key of names ?? [...local.keys()]) drop(key, true); },
    };
    methods.getVariableTyped = key => typed(all.get(String(key)));
    methods.getVariableLocalTyped = key => typed(local.get(String(key)));
    const object = create(null);
    const given = (key, get) => {
      defineProperty(object, key, { get, enumerable: true });
      methods[getter(key)] = get;
    };
    for (const key of properties.keys()) given(key, () => read(properties.get(key)));
    for (const key of keys(of.others)) {
      const other = input.objects[key] ? builtin(key) : of.others[key] && described(key, of.others[key]);
      given(key, () => other);
    }
    if (name === 'task') given('execution', () => globalThis.execution);
    for (const method of of.methods) {
      methods[method] = (...args) => {
        writes.push(['call', name, method, args.map(arg => give(arg, 0))]);
        const key = method.startsWith('set') ? method[3].toLowerCase() + method.slice(4) : '';
        const same = key.endsWith('usinessKey') ? ['businessKey', 'processBusinessKey'] : [key];
        for (const key of same) if (properties.has(key)) properties.set(key, made(args[0]));
      };
    }
    for (const method of keys(methods)) defineProperty(object, method, { value: methods[method] });
    return closed(name, object);
  }
  const getter = key => 'get' + key[0].toUpperCase() + key.slice(1);
  const typed = entry => {
    if (entry === undefined) return null;
    const value = read(entry);
    return { value, getValue: () => value };
  };
  // What is only looked at: the process instance, what called it, the element of the model.
  function described(name, of) {
    const object = create(null);
    for (const [key, value] of of) {
      const made = take(value);
      defineProperty(object, key, { value: made, enumerable: true });
      defineProperty(object, getter(key), { value: () => made });
    }
    return closed(name, object);
  }
  function closed(name, object) {
    return new Watched(object, {
      get: (target, key) => {
        if (key in target || typeof key === 'symbol') return target[key];
        throw new TypeError(name + ' has no ' + key + ' here');
      },
      set: (target, key) => { throw new TypeError(name + '.' + String(key) + ' can not be set; use ' + name + '.setVariable'); },
    });
  }
  for (const name of ['execution', 'task']) {
    const object = builtin(name);
    if (object) hide(globalThis, name, object);
    if (name === 'execution' && input.connector) hide(globalThis, 'connector', object);
  }
  // The innermost sees all; without one there are the variables alone.
  const innermost = viewOf.task ?? viewOf.execution;
  const seen = innermost ? innermost.all : entries(input.variables);
  for (const key of seen.keys()) {
    // What JavaScript itself needs is not covered up.
    if (key in globalThis) continue;
    defineProperty(globalThis, key, {
      configurable: true,
      get: () => read(seen.get(key)),
      set: value => defineProperty(globalThis, key, { value, writable: true, configurable: true }),
    });
  }

  class BpmnError extends Error {
    constructor(code, message) { super(message ?? ''); hide(this, 'code', String(code)); }
    get name() { return 'BpmnError'; }
    getErrorCode() { return this.code; }
    getMessage() { return this.message; }
  }
  // A variable of that name comes first.
  const define = (name, value) => { if (!seen.has(name)) hide(globalThis, name, value); };
  define('BpmnError', BpmnError);
  const types = { 'org.camunda.bpm.engine.delegate.BpmnError': BpmnError };
  const Java = { type(name) { if (own(types, name)) return types[name]; throw new TypeError('the class ' + name + ' needs a JVM; write it in JavaScript, or make this an external task'); } };
  define('Java', Java);
  define('org', { camunda: { bpm: { engine: { delegate: { BpmnError } } } } });
  const quiet = () => undefined;
  for (const name of ['print', 'println']) define(name, quiet);
  define('console', { log: quiet, info: quiet, warn: quiet, error: quiet, debug: quiet });

  return function (failed, value) {
    if (failed) {
      if (value instanceof BpmnError) return stringify({ error: [value.code, value.message], writes });
      let message = value instanceof Error ? value.name + ': ' + value.message : 'thrown: ' + String(value);
      const line = value instanceof Error && /script:(\d+)/.exec(String(value.stack));
      return stringify({ failure: message.slice(0, 500), line: line ? Number(line[1]) : null });
    }
    // What can not be kept matters only to whoever keeps it.
    let result;
    try { result = { value: give(value, 0) }; } catch (error) { result = { unkept: error.message }; }
    return stringify({ ...result, writes });
  };
})
