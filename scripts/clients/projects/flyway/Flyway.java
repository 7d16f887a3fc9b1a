import java.util.Map;
import org.flywaydb.core.api.MigrationInfo;

/** `migrate`, `info`, `validate` or `clean` of the migrations in a folder; the database is that of libpq's variables. */
public final class Flyway {
    public static void main(String[] args) {
        Map<String, String> env = System.getenv();
        String url = "jdbc:postgresql://%s:%s/%s?sslmode=verify-full&sslrootcert=%s".formatted(
            env.get("PGHOST"), env.get("PGPORT"), env.get("PGDATABASE"), env.get("PGSSLROOTCERT"));
        var flyway = org.flywaydb.core.Flyway.configure()
            .dataSource(url, env.get("PGUSER"), env.get("PGPASSWORD"))
            .locations("filesystem:" + args[1])
            .baselineOnMigrate(true)
            .baselineVersion("0")
            .cleanDisabled(false)
            .load();
        switch (args[0]) {
            case "migrate" -> System.out.println("migrated: " + flyway.migrate().migrationsExecuted);
            case "validate" -> flyway.validate();
            case "clean" -> flyway.clean();
            case "info" -> {
                for (MigrationInfo info : flyway.info().all())
                    System.out.println(info.getVersion() + " " + info.getDescription() + " " + info.getState());
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
