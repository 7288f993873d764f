import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import { migrate } from '../../src/jobs/status-schema.ts';

const version = (database: DatabaseSync) => database.prepare('PRAGMA user_version').get()?.user_version;

test('a database is brought on step by step, and keeps what it holds', (t) => {
  const steps = ['CREATE TABLE a (x)', "ALTER TABLE a ADD COLUMN y DEFAULT 'new'", 'CREATE INDEX b ON a (y)'];
  const database = new DatabaseSync(':memory:');
  migrate(database, steps.slice(0, 1));
  t.is(version(database), 1);
  database.exec('INSERT INTO a VALUES (7)');
  migrate(database, steps);
  t.is(version(database), 3);
  t.like(database.prepare('SELECT * FROM a').get(), { x: 7, y: 'new' });
  migrate(database, steps);
  t.is(version(database), 3);
});

test('a step that fails changes nothing', (t) => {
  const database = new DatabaseSync(':memory:');
  t.throws(() => migrate(database, ['CREATE TABLE a (x)', 'CREATE TABLE b (x); CREATE TABLE a (x)']));
  if (database.isTransaction) database.exec('ROLLBACK');
  t.is(version(database), 1);
  t.deepEqual(
    database
      .prepare('SELECT name FROM sqlite_schema')
      .all()
      .map((row) => row.name),
    ['a'],
  );
});

test('a newer database is refused', (t) => {
  const database = new DatabaseSync(':memory:');
  migrate(database, ['CREATE TABLE a (x)']);
  t.throws(() => migrate(database, []), { code: 'DATA_DIR_UNUSABLE' });
});
