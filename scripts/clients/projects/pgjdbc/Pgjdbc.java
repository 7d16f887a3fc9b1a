import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PGobject;

/** What applications do with pgJDBC; a line for each check. */
public final class Pgjdbc {
    private interface Check {
        void run(Connection connection) throws Exception;
    }

    private static final Map<String, String> ENV = System.getenv();

    public static void main(String[] args) throws Exception {
        try (Connection connection = connect(Map.of()); Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE things (id serial PRIMARY KEY, name text NOT NULL, amount numeric(12, 2), at timestamptz, tags text[], extra jsonb, key uuid)");
        }
        for (String mode : List.of("simple", "extended", "extendedForPrepared", "extendedCacheEverything")) {
            var properties = Map.of("preferQueryMode", mode);
            check(mode + " statements", properties, Pgjdbc::statements);
            check(mode + " values of many types", properties, Pgjdbc::values);
            check(mode + " batches", properties, Pgjdbc::batches);
            check(mode + " transactions", properties, Pgjdbc::transactions);
            check(mode + " errors", properties, Pgjdbc::errors);
        }
        check("prepared on the server", Map.of("prepareThreshold", "1"), Pgjdbc::preparedOnServer);
        check("prepared anew after a change", Map.of("prepareThreshold", "1", "autosave", "conservative"), Pgjdbc::changedMeanwhile);
        check("binary transfer of everything", Map.of("binaryTransfer", "true", "prepareThreshold", "-1"), Pgjdbc::values);
        check("batches rewritten", Map.of("reWriteBatchedInserts", "true"), Pgjdbc::batches);
        check("rows fetched by and by", Map.of(), Pgjdbc::fetchSize);
        check("cursors that scroll and change rows", Map.of(), Pgjdbc::updatable);
        check("COPY in and out", Map.of(), Pgjdbc::copy);
        check("LISTEN and NOTIFY", Map.of(), Pgjdbc::listen);
        check("metadata of tables", Map.of(), Pgjdbc::tables);
        check("metadata of types and functions", Map.of(), Pgjdbc::typesAndFunctions);
        check("a functions call", Map.of(), Pgjdbc::call);
        check("generated keys", Map.of(), Pgjdbc::generatedKeys);
        check("large objects", Map.of(), Pgjdbc::largeObjects);
        check("a statement cancelled", Map.of(), Pgjdbc::cancelled);
        check("a schema of the session", Map.of("currentSchema", "public", "ApplicationName", "checks"), Pgjdbc::schema);
        check("read only", Map.of("readOnly", "true"), Pgjdbc::readOnly);
        check("options at the start", Map.of("options", "-c statement_timeout=9000 -c lock_timeout=5000"), Pgjdbc::options);
    }

    private static Connection connect(Map<String, String> more) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", ENV.get("PGUSER"));
        properties.setProperty("password", ENV.get("PGPASSWORD"));
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslrootcert", ENV.get("PGSSLROOTCERT"));
        properties.putAll(more);
        String url = "jdbc:postgresql://%s:%s/%s".formatted(ENV.get("PGHOST"), ENV.get("PGPORT"), ENV.get("PGDATABASE"));
        return DriverManager.getConnection(url, properties);
    }

    private static void check(String name, Map<String, String> properties, Check check) {
        try (Connection connection = connect(properties)) {
            check.run(connection);
            System.out.println("ok " + name);
        } catch (Exception | AssertionError error) {
            System.out.println("not ok " + name + ": " + String.valueOf(error.getMessage()).replace('\n', ' '));
        }
    }

    private static void expect(boolean holds, Object what) {
        if (!holds) throw new AssertionError("otherwise: " + what);
    }

    private static Object only(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            expect(rows.next(), "no row");
            return rows.getObject(1);
        }
    }

    private static void statements(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            boolean isRows = statement.execute("SELECT 1; INSERT INTO things (name) VALUES ('a;b'); SELECT 2 AS two");
            expect(isRows, "no rows first");
            expect(!statement.getMoreResults() && statement.getUpdateCount() == 1, "no count second");
            expect(statement.getMoreResults(), "no rows third");
            statement.executeUpdate("DELETE FROM things");
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?::int + 1, ? || 'x' /* ? */ -- ?\n WHERE ? IS NULL")) {
            statement.setInt(1, 41);
            statement.setString(2, "it's \\ a");
            statement.setNull(3, Types.VARCHAR);
            try (ResultSet rows = statement.executeQuery()) {
                expect(rows.next() && rows.getInt(1) == 42 && rows.getString(2).equals("it's \\ ax"), rows);
            }
        }
    }

    private static void values(Connection connection) throws SQLException {
        var key = UUID.fromString("8f14e45f-ceea-467f-a0e6-d0f3a6bf1a2b");
        var at = OffsetDateTime.parse("2026-01-02T03:04:05.678901Z");
        String insert = "INSERT INTO things (name, amount, at, tags, extra, key) VALUES (?, ?, ?, ?, ?, ?)";
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            var extra = new PGobject();
            extra.setType("jsonb");
            extra.setValue("{\"a\": [1, null, \"ü\"]}");
            statement.setString(1, "ünï");
            statement.setBigDecimal(2, new java.math.BigDecimal("12345.67"));
            statement.setObject(3, at);
            statement.setArray(4, connection.createArrayOf("text", new String[] {"a", "b,\"c", null}));
            statement.setObject(5, extra);
            statement.setObject(6, key);
            expect(statement.executeUpdate() == 1, "no row");
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM things WHERE key = ?")) {
            statement.setObject(1, key);
            for (int time = 0; time < 7; time++) {
                try (ResultSet rows = statement.executeQuery()) {
                    expect(rows.next(), "no row");
                    expect(rows.getString("name").equals("ünï"), rows.getString("name"));
                    expect(rows.getBigDecimal("amount").toString().equals("12345.67"), rows.getString("amount"));
                    expect(rows.getObject("at", OffsetDateTime.class).isEqual(at), rows.getString("at"));
                    var tags = (String[]) rows.getArray("tags").getArray();
                    expect(Arrays.equals(tags, new String[] {"a", "b,\"c", null}), Arrays.toString(tags));
                    expect(rows.getObject("key").equals(key), rows.getString("key"));
                }
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM things");
        }
    }

    private static void batches(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO things (name, amount) VALUES (?, ?)")) {
            for (int index = 0; index < 500; index++) {
                statement.setString(1, "n" + index);
                statement.setInt(2, index);
                statement.addBatch();
            }
            expect(statement.executeBatch().length == 500, "a count");
        }
        expect(((Long) only(connection, "SELECT count(*) FROM things")) == 500, "rows");
        try (Statement statement = connection.createStatement()) {
            statement.addBatch("UPDATE things SET amount = amount + 1 WHERE name = 'n1'");
            statement.addBatch("DELETE FROM things");
            expect(Arrays.equals(statement.executeBatch(), new int[] {1, 500}), "counts");
        }
    }

    private static void transactions(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO things (name) VALUES ('kept')");
            Savepoint savepoint = connection.setSavepoint("here");
            statement.executeUpdate("INSERT INTO things (name) VALUES ('dropped')");
            connection.rollback(savepoint);
            connection.releaseSavepoint(savepoint);
            connection.commit();
            expect(((Long) only(connection, "SELECT count(*) FROM things")) == 1, "rows");
            statement.executeUpdate("DELETE FROM things");
            connection.commit();
        }
    }

    private static void errors(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT 1 / 0");
            expect(false, "no error");
        } catch (SQLException error) {
            expect("22012".equals(error.getSQLState()), error.getSQLState());
        }
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT * FROM nothing_of_the_kind");
            expect(false, "no error");
        } catch (SQLException error) {
            expect("42P01".equals(error.getSQLState()), error.getSQLState());
        }
        expect(only(connection, "SELECT 1").equals(1), "after an error");
    }

    private static void preparedOnServer(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT g FROM generate_series(1, ?) g")) {
            for (int time = 1; time < 20; time++) {
                statement.setInt(1, time);
                try (ResultSet rows = statement.executeQuery()) {
                    int count = 0;
                    while (rows.next()) count++;
                    expect(count == time, count);
                }
            }
        }
    }

    private static void changedMeanwhile(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement change = connection.createStatement()) {
            change.execute("CREATE TABLE changing (a int)");
            connection.commit();
            try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM changing")) {
                for (int time = 0; time < 5; time++) statement.executeQuery().close();
                change.execute("ALTER TABLE changing ADD COLUMN b text");
                try (ResultSet rows = statement.executeQuery()) {
                    expect(rows.getMetaData().getColumnCount() == 2, "columns");
                }
            }
            change.execute("DROP TABLE changing");
            connection.commit();
        }
    }

    private static void fetchSize(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement("SELECT g, repeat('x', 100) FROM generate_series(1, 5000) g")) {
            statement.setFetchSize(100);
            try (ResultSet rows = statement.executeQuery()) {
                int count = 0;
                while (rows.next()) count++;
                expect(count == 5000, count);
            }
        }
        connection.commit();
    }

    private static void updatable(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)) {
            statement.executeUpdate("INSERT INTO things (name) VALUES ('a'), ('b')");
            try (ResultSet rows = statement.executeQuery("SELECT id, name FROM things ORDER BY id")) {
                expect(rows.last() && rows.getRow() == 2 && rows.first(), "scrolling");
                rows.updateString("name", "z");
                rows.updateRow();
                rows.moveToInsertRow();
                rows.updateString("name", "new");
                rows.insertRow();
            }
            expect(only(connection, "SELECT string_agg(name, ',' ORDER BY name) FROM things").equals("b,new,z"), "rows");
            statement.executeUpdate("DELETE FROM things");
        }
    }

    private static void copy(Connection connection) throws Exception {
        CopyManager manager = connection.unwrap(PGConnection.class).getCopyAPI();
        long sent = manager.copyIn("COPY things (name, amount) FROM STDIN (FORMAT csv)", new StringReader("a,1.50\n\"b,\"\"c\",2\n"));
        expect(sent == 2, sent);
        var out = new StringWriter();
        manager.copyOut("COPY (SELECT name, amount FROM things ORDER BY name) TO STDOUT (FORMAT csv)", out);
        expect(out.toString().equals("a,1.50\n\"b,\"\"c\",2.00\n"), out);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("TRUNCATE things");
        }
    }

    private static void listen(Connection connection) throws SQLException {
        try (Connection other = connect(Map.of()); Statement listens = connection.createStatement(); Statement notifies = other.createStatement()) {
            listens.execute("LISTEN news");
            notifies.execute("NOTIFY news, 'hello'");
            var news = connection.unwrap(PGConnection.class).getNotifications(5000);
            expect(news != null && news.length == 1 && news[0].getParameter().equals("hello"), "news");
        }
    }

    private static void tables(Connection connection) throws SQLException {
        var data = connection.getMetaData();
        int columns = 0;
        try (ResultSet rows = data.getColumns(null, "public", "things", "%")) {
            while (rows.next()) columns++;
        }
        expect(columns == 7, columns);
        try (ResultSet rows = data.getPrimaryKeys(null, "public", "things")) {
            expect(rows.next() && rows.getString("COLUMN_NAME").equals("id"), "key");
        }
        for (ResultSet rows : List.of(
            data.getTables(null, null, "%", new String[] {"TABLE", "VIEW"}),
            data.getSchemas(),
            data.getIndexInfo(null, "public", "things", false, true),
            data.getImportedKeys(null, "public", "things"),
            data.getExportedKeys(null, "public", "things"),
            data.getTablePrivileges(null, "public", "things"),
            data.getBestRowIdentifier(null, "public", "things", 0, true))) {
            rows.next();
            rows.close();
        }
    }

    private static void typesAndFunctions(Connection connection) throws SQLException {
        var data = connection.getMetaData();
        for (ResultSet rows : List.of(
            data.getTypeInfo(), data.getFunctions(null, "pg_catalog", "lower"), data.getProcedures(null, "public", "%"), data.getUDTs(null, "public", "%", null))) {
            rows.next();
            rows.close();
        }
        expect(data.getDatabaseMajorVersion() >= 15, data.getDatabaseMajorVersion());
        try (PreparedStatement statement = connection.prepareStatement("SELECT id, name FROM things WHERE id = ?")) {
            expect(statement.getParameterMetaData().getParameterTypeName(1).equals("int4"), "parameter");
            expect(statement.getMetaData().isAutoIncrement(1), "column");
        }
    }

    private static void call(Connection connection) throws SQLException {
        try (var statement = connection.prepareCall("{? = call upper(?)}")) {
            statement.registerOutParameter(1, Types.VARCHAR);
            statement.setString(2, "abc");
            statement.execute();
            expect(statement.getString(1).equals("ABC"), statement.getString(1));
        }
    }

    private static void generatedKeys(Connection connection) throws SQLException {
        String insert = "INSERT INTO things (name) VALUES ('x'), ('y')";
        try (PreparedStatement statement = connection.prepareStatement(insert, Statement.RETURN_GENERATED_KEYS)) {
            statement.executeUpdate();
            try (ResultSet keys = statement.getGeneratedKeys()) {
                expect(keys.next() && keys.getInt("id") > 0 && keys.next(), "keys");
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM things");
        }
    }

    private static void largeObjects(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        var manager = connection.unwrap(PGConnection.class).getLargeObjectAPI();
        long oid = manager.createLO();
        try (var object = manager.open(oid)) {
            object.write(new byte[] {1, 2, 3});
            object.seek(1);
            expect(Arrays.equals(object.read(2), new byte[] {2, 3}), "bytes");
        }
        manager.delete(oid);
        connection.commit();
    }

    private static void cancelled(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            statement.executeQuery("SELECT pg_sleep(30)");
            expect(false, "no error");
        } catch (SQLException error) {
            expect("57014".equals(error.getSQLState()), error.getSQLState());
        }
    }

    private static void schema(Connection connection) throws SQLException {
        expect(connection.getSchema().equals("public"), connection.getSchema());
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA other");
            connection.setSchema("other");
            statement.execute("CREATE TABLE there (a int)");
            expect(only(connection, "SELECT count(*) FROM other.there").equals(0L), "rows");
            statement.execute("DROP SCHEMA other CASCADE");
        }
        expect(only(connection, "SHOW application_name").equals("checks"), "name");
    }

    private static void readOnly(Connection connection) throws SQLException {
        expect(connection.isReadOnly(), "read only");
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO things (name) VALUES ('no')");
            expect(false, "no error");
        } catch (SQLException error) {
            expect("25006".equals(error.getSQLState()), error.getSQLState());
        }
        connection.rollback();
    }

    private static void options(Connection connection) throws SQLException {
        expect(only(connection, "SHOW statement_timeout").equals("9s"), "timeout");
        expect(only(connection, "SHOW lock_timeout").equals("5s"), "timeout");
    }
}
