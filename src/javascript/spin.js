// Spin's JSON nodes, for the prelude.
(function (tools) {
  'use strict';
  const { parse, stringify, keys, own, isArray, path } = tools;
  class SpinJsonNode {
    #of;
    constructor(of) { this.#of = of; }
    static bare(value) { return value instanceof SpinJsonNode ? value.#of : value; }
    unwrap() { return this.#of; }
    getDataFormatName() { return 'application/json'; }
    isObject() { return this.#of !== null && typeof this.#of === 'object' && !isArray(this.#of); }
    isArray() { return isArray(this.#of); }
    isString() { return typeof this.#of === 'string'; }
    isNumber() { return typeof this.#of === 'number'; }
    isBoolean() { return typeof this.#of === 'boolean'; }
    isNull() { return this.#of === null; }
    isValue() { return !this.isObject() && !this.isArray(); }
    #must(is, what) { if (!is) throw new TypeError('the JSON node is no ' + what + ': ' + this); return this.#of; }
    stringValue() { return this.#must(this.isString(), 'text'); }
    numberValue() { return this.#must(this.isNumber(), 'number'); }
    boolValue() { return this.#must(this.isBoolean(), 'boolean'); }
    value() { return this.#must(this.isValue(), 'value'); }
    #object() { return this.#must(this.isObject(), 'object'); }
    #array() { return this.#must(this.isArray(), 'array'); }
    fieldNames() { return keys(this.#object()); }
    hasProp(name) { return own(this.#object(), name); }
    prop(name, ...value) {
      const of = this.#object();
      if (value.length) { of[name] = plain(value[0]); return this; }
      if (!own(of, name)) throw new ReferenceError("Unable to find '" + name + "'");
      return new SpinJsonNode(of[name]);
    }
    deleteProp(names) {
      for (const name of isArray(names) ? names : [names]) {
        if (!this.hasProp(name)) throw new ReferenceError("Unable to find '" + name + "'");
        delete this.#of[name];
      }
      return this;
    }
    elements() { return this.#array().map(one => new SpinJsonNode(one)); }
    append(value) { this.#array().push(plain(value)); return this; }
    #place(at) {
      const many = this.#array().length;
      if (at < 0) at += many;
      if (!(at >= 0 && at < many)) throw new RangeError('Index is out of bound! Index: ' + at + ', Size: ' + many);
      return at;
    }
    insertAt(at, value) { this.#of.splice(at === this.#array().length ? at : this.#place(at), 0, plain(value)); return this; }
    removeAt(at) { this.#of.splice(this.#place(at), 1); return this; }
    #find(value, last) {
      const text = stringify(plain(value));
      const same = one => stringify(one) === text;
      return last ? this.#array().findLastIndex(same) : this.#array().findIndex(same);
    }
    #found(value, last) {
      const at = this.#find(value, last);
      if (at < 0) throw new ReferenceError("Unable to find '" + stringify(plain(value)) + "' in JsonNode");
      return at;
    }
    indexOf(value) { return this.#found(value); }
    lastIndexOf(value) { return this.#found(value, true); }
    contains(value) { return this.#find(value) >= 0; }
    insertBefore(value, added) { return this.insertAt(this.#found(value), added); }
    insertAfter(value, added) { return this.insertAt(this.#found(value) + 1, added); }
    remove(value) { return this.removeAt(this.#found(value)); }
    removeLast(value) { return this.removeAt(this.#found(value, true)); }
    jsonPath(text) {
      const [found, wrong] = parse(path(stringify(this.#of), String(text)));
      if (wrong) throw new ReferenceError(wrong);
      const node = new SpinJsonNode(found);
      return {
        element: () => node,
        elementList: () => node.elements(),
        stringValue: () => node.stringValue(),
        numberValue: () => node.numberValue(),
        boolValue: () => node.boolValue(),
      };
    }
    mapTo() { throw new TypeError('mapTo needs a class of Java; use prop(…).value()'); }
    toString() { return stringify(this.#of); }
    toJSON() { return this.#of; }
  }

  // As JSON keeps it.
  function plain(value) {
    value = SpinJsonNode.bare(value);
    if (value === undefined) return null;
    return parse(stringify(value) ?? 'null');
  }

  function spin(value) {
    if (value instanceof SpinJsonNode) return value;
    if (typeof value === 'string') {
      if (value.trimStart().startsWith('<')) throw new TypeError('XML by Spin is not known here');
      return new SpinJsonNode(parse(value));
    }
    return new SpinJsonNode(plain(value));
  }
  return { spin, of: value => new SpinJsonNode(value), is: value => value instanceof SpinJsonNode };
})
