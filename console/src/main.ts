import '@fontsource/biz-udpgothic/400.css';
import '@fontsource/biz-udpgothic/700.css';
import './styles/console.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { reader } from './i18n/messages.svelte';
import { place } from './router.svelte';
import { appearance } from './shell/appearance.svelte';

reader.start();
appearance.start();
place.start();

const target = document.getElementById('app');
if (target) mount(App, { target });
