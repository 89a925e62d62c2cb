import { QueryClientProvider } from '@tanstack/preact-query';
import { render } from 'preact';
import { queryClient } from './api/queries.js';
import { App } from './shell/app.js';
import './styles/base.css';
import './styles/parts.css';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');
render(
  <QueryClientProvider client={queryClient}>
    <App />
  </QueryClientProvider>,
  root,
);
