/** The names that `mask … pattern NAME` accepts. The detectors themselves are in src/masking/detectors. */
export const detectors = {
  aws_access_key: 'The id of an AWS access key: `AKIA…`, `ASIA…`.',
  aws_secret_key: 'An AWS secret access key: 40 characters of base64 that stand alone.',
  azure_key: 'A key of an Azure account, a signature of shared access, a secret of a client.',
  connection_string: 'The credentials inside a connection string: `user:secret` of a URL, `password=…`.',
  credit_card: 'A payment card number, in groups or not, with a right check digit.',
  email: 'An e-mail address with a dotted domain.',
  gcp_api_key: 'A Google API key: `AIza…`.',
  github_token: 'A GitHub token: `ghp_…`, `github_pat_…`.',
  gitlab_token: 'A GitLab token: `glpat-…`.',
  iban: 'An international bank account number with a right check number.',
  ip_address: 'An IPv4 or IPv6 address.',
  jwt: 'A JSON Web Token.',
  national_id:
    'A national identity, tax or insurance number with a right check digit: AU, BE, BR, CA, CH, CN, DE, DK, ES, FI, FR, GB, IN, IT, JP, KR, MX, NL, NO, PL, SE, TR, ZA.',
  phone: 'A telephone number in international or North American form.',
  private_key: 'A private key in PEM or OpenPGP armour.',
  service_token:
    'A token of another service by its prefix: npm, PyPI, Anthropic, OpenAI, SendGrid, Vault, DigitalOcean, Docker, Grafana, Shopify, Google OAuth, age.',
  slack_token: 'A Slack token or webhook.',
  stripe_key: 'A Stripe key: `sk_live_…`.',
  us_ssn: 'A US social security number with its hyphens.',
} as const;
