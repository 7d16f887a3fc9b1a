import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import liquibase.integration.commandline.LiquibaseCommandLine;

/** Liquibase's own command line; the database is that of libpq's variables. */
public final class Liquibase {
    public static void main(String[] args) {
        Map<String, String> env = System.getenv();
        String url = "jdbc:postgresql://%s:%s/%s?sslmode=verify-full&sslrootcert=%s".formatted(
            env.get("PGHOST"), env.get("PGPORT"), env.get("PGDATABASE"), env.get("PGSSLROOTCERT"));
        var line = new ArrayList<>(List.of("--log-level=off", "--show-banner=false", "--analytics-enabled=false", args[0]));
        line.addAll(List.of("--url=" + url, "--username=" + env.get("PGUSER"), "--password=" + env.get("PGPASSWORD")));
        if (!args[0].equals("snapshot")) line.add("--changelog-file=changelog.xml");
        line.addAll(List.of(args).subList(1, args.length));
        System.exit(new LiquibaseCommandLine().execute(line.toArray(new String[0])));
    }
}
