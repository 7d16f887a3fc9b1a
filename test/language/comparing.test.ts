/**
 * Every function that takes a text or a collection either compares, and then a slip in what it is compared with is
 * refused, or it does not, and the list says why. A function that is new has to be put into one of the two.
 */
import { describe, expect, test } from '@jest/globals';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import type { Type } from '../../src/values/schema.js';
import { checkFiles } from './checked.js';

/** A condition over a statement `s` with a slip, and the same without. */
const comparing: Readonly<Record<string, readonly [wrong: string, right: string]>> = {
  'array.concat': [
    '"wirte" in array.concat(sort(sql.effects), [])',
    '"write" in array.concat(sort(sql.effects), [])',
  ],
  'array.flatten': [
    '"wirte" in array.flatten([sort(sql.effects)])',
    '"write" in array.flatten([sort(sql.effects)])',
  ],
  'array.reverse': [
    '"wirte" in array.reverse(sort(sql.effects))',
    '"write" in array.reverse(sort(sql.effects))',
  ],
  'array.slice': [
    '"wirte" in array.slice(sort(sql.effects), 0, 1)',
    '"write" in array.slice(sort(sql.effects), 0, 1)',
  ],
  'base64.decode': ['s.verb == base64.decode("ZG9ycA==")', 's.verb == base64.decode("ZHJvcA==")'],
  'base64.encode': ['base64.encode(s.verb) == "ZG9ycA=="', 'base64.encode(s.verb) == "ZHJvcA=="'],
  'base64.is_valid': ['base64.is_valid(identity.kind)', 'base64.is_valid(s.verb)'],
  'base64url.decode': ['s.verb == base64url.decode("ZG9ycA==")', 's.verb == base64url.decode("ZHJvcA==")'],
  'base64url.encode': ['base64url.encode(s.verb) == "ZG9ycA=="', 'base64url.encode(s.verb) == "ZHJvcA=="'],
  'base64url.encode_no_pad': [
    'base64url.encode_no_pad(s.verb) == "ZG9ycA"',
    'base64url.encode_no_pad(s.verb) == "ZHJvcA"',
  ],
  cast_array: ['"wirte" in cast_array(sql.effects)', '"write" in cast_array(sql.effects)'],
  cast_set: ['s.verb in cast_set(["dorp"])', 's.verb in cast_set(["drop"])'],
  cast_string: ['cast_string(s.verb) == "dorp"', 'cast_string(s.verb) == "drop"'],
  concat: ['concat(" ", [s.verb, "all"]) == "dorp all"', 'concat(" ", [s.verb, "all"]) == "drop all"'],
  contains: ['contains(s.verb, "dorp")', 'contains(s.verb, "drop")'],
  count: ['count(s.verb) == 100', 'count(s.verb) == 4'],
  'crypto.hmac.equal': ['crypto.hmac.equal(s.verb, "dorp")', 'crypto.hmac.equal(s.verb, "drop")'],
  'crypto.hmac.md5': ['crypto.hmac.md5(s.verb, "k") == "0"', 'crypto.hmac.md5(s.text, "k") == "0"'],
  'crypto.hmac.sha1': ['crypto.hmac.sha1(s.verb, "k") == "0"', 'crypto.hmac.sha1(s.text, "k") == "0"'],
  'crypto.hmac.sha256': ['crypto.hmac.sha256(s.verb, "k") == "0"', 'crypto.hmac.sha256(s.text, "k") == "0"'],
  'crypto.hmac.sha512': ['crypto.hmac.sha512(s.verb, "k") == "0"', 'crypto.hmac.sha512(s.text, "k") == "0"'],
  'crypto.md5': ['crypto.md5(s.verb) == "0"', 'crypto.md5(s.text) == "0"'],
  'crypto.sha1': ['crypto.sha1(s.verb) == "0"', 'crypto.sha1(s.text) == "0"'],
  'crypto.sha256': ['crypto.sha256(s.verb) == "0"', 'crypto.sha256(s.text) == "0"'],
  endswith: ['endswith(s.verb, "orp")', 'endswith(s.verb, "rop")'],
  'glob.match': ['glob.match("{dorp,delete}", [], s.verb)', 'glob.match("{drop,delete}", [], s.verb)'],
  'glob.quote_meta': ['glob.quote_meta(s.verb) == "dorp"', 'glob.quote_meta(s.verb) == "drop"'],
  'graph.reachable': [
    '"b" in graph.reachable({"dorp": ["b"]}, {s.verb})',
    '"b" in graph.reachable({"drop": ["b"], "b": []}, {s.verb})',
  ],
  'graph.reachable_paths': [
    'graph.reachable_paths({"dorp": [], "b": []}, {s.verb}) == {["b"]}',
    'graph.reachable_paths({"drop": [], "b": []}, {s.verb}) == {["drop"]}',
  ],
  'hex.decode': ['s.verb == hex.decode("646f7270")', 's.verb == hex.decode("64726f70")'],
  'hex.encode': ['hex.encode(s.verb) == "646f7270"', 'hex.encode(s.verb) == "64726f70"'],
  indexof: ['indexof(s.verb, "dorp") >= 0', 'indexof(s.verb, "drop") >= 0'],
  indexof_n: ['count(indexof_n(s.verb, "dorp")) > 0', 'count(indexof_n(s.verb, "drop")) > 0'],
  intersection: [
    'intersection({sql.effects, {"wirte"}}) != set()',
    'intersection({sql.effects, {"write"}}) != set()',
  ],
  'json.filter': ['json.filter(s, ["verbb"]) != {}', 'json.filter(s, ["verb"]) != {}'],
  'json.is_valid': ['json.is_valid(s.verb)', 'json.is_valid(s.text)'],
  'json.marshal': ['json.marshal(s.verb) == "\\"dorp\\""', 'json.marshal(s.verb) == "\\"drop\\""'],
  'json.marshal_with_options': [
    'json.marshal_with_options(s.verb, {"pretty": false}) == "\\"dorp\\""',
    'json.marshal_with_options(s.verb, {"pretty": false}) == "\\"drop\\""',
  ],
  'json.patch': [
    'json.patch(s, [{"op": "remove", "path": "/verbb"}]) != s',
    'json.patch(s, [{"op": "remove", "path": "/verb"}]) != s',
  ],
  'json.remove': ['json.remove(s, ["/verbb"]) != s', 'json.remove(s, ["/verb"]) != s'],
  'json.unmarshal': ['s.verb == json.unmarshal("\\"dorp\\"")', 's.verb == json.unmarshal("\\"drop\\"")'],
  like: ['like(s.verb, "dorp*")', 'like(s.verb, "drop*")'],
  lower: ['lower(s.verb) == "dorp"', 'lower(s.verb) == "drop"'],
  max: ['max(sql.effects) == "wirte"', 'max(sql.effects) == "write"'],
  min: ['min(sql.effects) == "wirte"', 'min(sql.effects) == "write"'],
  'net.cidr_is_valid': ['net.cidr_is_valid(s.verb)', 'net.cidr_is_valid(s.text)'],
  'object.filter': ['object.filter(s, {"verbb"}) != {}', 'object.filter(s, {"verb"}) != {}'],
  'object.get': ['object.get(s, "verb", "") == "dorp"', 'object.get(s, "verb", "") == "drop"'],
  'object.keys': ['"verbb" in object.keys(s)', '"verb" in object.keys(s)'],
  'object.remove': ['object.remove(s, ["verbb"]) != s', 'object.remove(s, ["verb"]) != s'],
  'object.subset': ['object.subset(s, {"verb": "dorp"})', 'object.subset(s, {"verb": "drop"})'],
  'object.union': ['object.union(s, {}).verbb == "drop"', 'object.union(s, {}).verb == "drop"'],
  'object.union_n': ['object.union_n([s]).verbb == "drop"', 'object.union_n([s]).verb == "drop"'],
  'regex.find_all_string_submatch_n': [
    'count(regex.find_all_string_submatch_n("dorp|delete", s.verb, 1)) > 0',
    'count(regex.find_all_string_submatch_n("drop|delete", s.verb, 1)) > 0',
  ],
  'regex.find_n': [
    'count(regex.find_n("dorp|delete", s.verb, 1)) > 0',
    'count(regex.find_n("drop|delete", s.verb, 1)) > 0',
  ],
  'regex.globs_match': ['regex.globs_match("dorp.*", s.verb)', 'regex.globs_match("drop.*", s.verb)'],
  'regex.match': ['regex.match("^dorp$|^delete$", s.verb)', 'regex.match("^drop$|^delete$", s.verb)'],
  'regex.replace': [
    'regex.replace(s.verb, "dorp|delete", "") == ""',
    'regex.replace(s.verb, "drop|delete", "") == ""',
  ],
  'regex.split': ['count(regex.split("dorp", s.verb)) > 1', 'count(regex.split("drop", s.verb)) > 1'],
  'regex.template_match': [
    'regex.template_match("dorp{.*}", s.verb, "{", "}")',
    'regex.template_match("drop{.*}", s.verb, "{", "}")',
  ],
  replace: ['replace(s.verb, "_", " ") == "rolback to"', 'replace(s.verb, "_", " ") == "rollback to"'],
  'semver.compare': ['semver.compare(s.text, "1.0.0") > 1', 'semver.compare(s.text, "1.0.0") > 0'],
  'semver.is_valid': ['semver.is_valid(s.verb)', 'semver.is_valid(s.text)'],
  sort: ['"wirte" in sort(sql.effects)', '"write" in sort(sql.effects)'],
  split: ['split(s.verb, "_")[0] == "rolback"', 'split(s.verb, "_")[0] == "rollback"'],
  sprintf: ['sprintf("%s!", [s.verb]) == "dorp!"', 'sprintf("%s!", [s.verb]) == "drop!"'],
  startswith: ['startswith(s.verb, "dorp")', 'startswith(s.verb, "drop")'],
  'strings.any_prefix_match': [
    'strings.any_prefix_match(s.verb, ["dorp", "del"])',
    'strings.any_prefix_match(s.verb, ["drop", "del"])',
  ],
  'strings.any_suffix_match': [
    'strings.any_suffix_match(s.verb, ["orp", "ete"])',
    'strings.any_suffix_match(s.verb, ["rop", "ete"])',
  ],
  'strings.count': ['strings.count(s.verb, "dorp") > 0', 'strings.count(s.verb, "drop") > 0'],
  'strings.replace_n': [
    'strings.replace_n({"_": " "}, s.verb) == "rolback to"',
    'strings.replace_n({"_": " "}, s.verb) == "rollback to"',
  ],
  'strings.reverse': ['strings.reverse(s.verb) == "prod"', 'strings.reverse(s.verb) == "pord"'],
  substring: ['substring(s.verb, 0, 3) == "dor"', 'substring(s.verb, 0, 3) == "dro"'],
  'time.clock': ['time.clock(now)[0] == 24', 'time.clock(now)[0] == 23'],
  'time.date': ['time.date(now)[1] == 13', 'time.date(now)[1] == 12'],
  'time.weekday': ['time.weekday(now) == "Saterday"', 'time.weekday(now) == "Saturday"'],
  trim: ['trim(s.verb, "d") == "orp"', 'trim(s.verb, "d") == "rop"'],
  trim_left: ['trim_left(s.verb, "d") == "orp"', 'trim_left(s.verb, "d") == "rop"'],
  trim_prefix: ['trim_prefix(s.verb, "rollback") == "_ot"', 'trim_prefix(s.verb, "rollback") == "_to"'],
  trim_right: ['trim_right(s.verb, "p") == "dor"', 'trim_right(s.verb, "p") == "dro"'],
  trim_space: ['trim_space(s.verb) == "dorp"', 'trim_space(s.verb) == "drop"'],
  trim_suffix: ['trim_suffix(s.verb, "_to") == "rolback"', 'trim_suffix(s.verb, "_to") == "rollback"'],
  type_name: ['type_name(s.index) == "numbre"', 'type_name(s.index) == "number"'],
  union: ['"wirte" in union({sql.effects})', '"write" in union({sql.effects})'],
  upper: ['upper(s.verb) == "DORP"', 'upper(s.verb) == "DROP"'],
  'urlquery.decode': ['s.verb == urlquery.decode("dorp")', 's.verb == urlquery.decode("drop")'],
  'urlquery.decode_object': [
    's.verb in urlquery.decode_object("v=dorp").v',
    's.verb in urlquery.decode_object("v=drop").v',
  ],
  'urlquery.encode': ['urlquery.encode(s.verb) == "dorp"', 'urlquery.encode(s.verb) == "drop"'],
  'urlquery.encode_object': [
    'urlquery.encode_object({"v": s.verb}) == "v=dorp"',
    'urlquery.encode_object({"v": s.verb}) == "v=drop"',
  ],
};

/** Why nothing that it is given is compared with the words of a fact. */
const apart: Readonly<Record<string, string>> = {
  cast_boolean: 'it takes no text',
  cast_null: 'it takes no text',
  cast_object: 'it takes no text',
  duration: 'a constant that is none is refused, and no fact is one',
  'io.jwt.decode': 'no fact is a token',
  is_array: 'it asks for a type',
  is_boolean: 'it asks for a type',
  is_null: 'it asks for a type',
  is_number: 'it asks for a type',
  is_object: 'it asks for a type',
  is_set: 'it asks for a type',
  is_string: 'it asks for a type',
  'json.match_schema': 'a schema is a language of its own',
  'json.verify_schema': 'a schema is a language of its own',
  'net.cidr_contains': 'addresses are no words of an enumeration',
  'net.cidr_contains_matches': 'addresses are no words of an enumeration',
  'net.cidr_expand': 'addresses are no words of an enumeration',
  'net.cidr_intersects': 'addresses are no words of an enumeration',
  'net.cidr_merge': 'addresses are no words of an enumeration',
  product: 'it takes numbers',
  'regex.is_valid': 'every word is a pattern',
  sum: 'it takes numbers',
  'time.add_date': 'times are no words',
  'time.diff': 'times are no words',
  'time.format': 'times are no words',
  'time.parse_duration_ns': 'a constant that is none is refused, and no fact is one',
  'time.parse_ns': 'a constant that is none is refused, and no fact is one',
  'time.parse_rfc3339_ns': 'a constant that is none is refused, and no fact is one',
  to_number: 'no enumeration has numbers',
  'units.parse': 'a constant that is none is refused, and no fact is one',
  'units.parse_bytes': 'a constant that is none is refused, and no fact is one',
};

function codesOf(condition: string): readonly string[] {
  const text = `package p\n\ndeny d "no" if {\n  some s in sql.statements\n  ${condition}\n}\n`;
  return checkFiles([{ path: 'p.rules', text }]).map(({ code }) => code);
}

/** The right one may say too little of a statement that lacks something, which is another matter. */
function slipsIn(condition: string): readonly string[] {
  return codesOf(condition).filter((code) => code !== 'unused-variable' && code !== 'absent-comparison');
}

function takesWords(type: Type): boolean {
  if (type.kind === 'union') return type.members.some(takesWords);
  return !['null', 'boolean', 'number'].includes(type.kind);
}

test('every function that takes a text or a collection is in one of the lists', () => {
  const names = engineBuiltins
    .filter(({ parameters }) => parameters.some(({ type }) => takesWords(type)))
    .map(({ name }) => name);
  expect([...Object.keys(comparing), ...Object.keys(apart)].sort()).toEqual(names.sort());
});

describe.each(Object.entries(comparing))('%s', (name, [wrong, right]) => {
  test('refuses a slip, and takes what is right', () => {
    expect(wrong).toContain(name);
    expect(slipsIn(right)).toEqual([]);
    expect(slipsIn(wrong)).not.toEqual([]);
  });
});
