import '@mantine/core/styles.css';
import './styles.css';
import { Badge, createTheme, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { Entrance } from './entrance.tsx';

const theme = createTheme({
  components: { Badge: Badge.extend({ defaultProps: { variant: 'light' } }) },
  primaryColor: 'indigo',
  primaryShade: { light: 9, dark: 8 },
  autoContrast: true,
  defaultRadius: 'sm',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
});
const client = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 500, refetchOnWindowFocus: false } },
});
const nonce = document.querySelector('meta[name=csp-nonce]')?.getAttribute('content') ?? '';
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={client}>
          <Entrance>
            <App />
          </Entrance>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
