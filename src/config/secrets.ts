import { tokensIn } from './tokens';

/** Each secret of a configuration, raw or parsed, so that outputs can be cleaned of it; nothing is assumed about the shape. */
export function secretsOf(raw: unknown): string[] {
  const config = recordOf(raw);
  const { username, password, token } = recordOf(config.credentials);
  const tokens = config.additional_tokens ?? config.additionalTokens;
  const secrets = [
    password,
    token,
    ...(typeof tokens === 'string' ? tokensIn(tokens) : Array.isArray(tokens) ? (tokens as unknown[]) : []),
    config.credential_store_key ?? config.credentialStoreKey,
    ...passwordsInUrl(config.credential_store ?? config.credentialStore),
    config.webhook_secret ?? config.webhookSecret,
    config.webhook_secret_previous ?? config.webhookSecretPrevious,
    ...passwordsInUrl(config.webhook_inbox ?? config.webhookInbox),
  ].filter((secret): secret is string => typeof secret === 'string' && secret !== '');
  if (typeof password === 'string' && password !== '') {
    secrets.push(Buffer.from(`${typeof username === 'string' ? username : ''}:${password}`).toString('base64'));
  }
  return secrets;
}

/** The passwords of a `postgres://` URL: as they are written in it, and as they were before they were encoded. */
export function passwordsInUrl(url: unknown): string[] {
  if (typeof url !== 'string' || !URL.canParse(url.trim())) return [];
  const { password, searchParams } = new URL(url.trim());
  const passwords = [password, ...searchParams.getAll('password'), ...searchParams.getAll('sslpassword')];
  try {
    return [...passwords, decodeURIComponent(password)];
  } catch {
    return passwords;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
